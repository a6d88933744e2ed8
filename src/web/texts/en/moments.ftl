# Between two times: 09:00 to 17:00.
moments-to = to
moments-now = now
moments-in-minutes = { $n ->
    [one] in { $n } minute
   *[other] in { $n } minutes
}
moments-in-hours = { $n ->
    [one] in { $n } hour
   *[other] in { $n } hours
}
moments-in-days = { $n ->
    [one] in { $n } day
   *[other] in { $n } days
}
moments-minutes-ago = { $n ->
    [one] { $n } minute ago
   *[other] { $n } minutes ago
}
moments-hours-ago = { $n ->
    [one] { $n } hour ago
   *[other] { $n } hours ago
}
moments-days-ago = { $n ->
    [one] { $n } day ago
   *[other] { $n } days ago
}
# Short units of a length.
moments-days = { $n } d
moments-hours = { $n } h
moments-minutes = { $n } min
