# Schedules at PagerDuty and Opsgenie that follow a team's roster.
pagers = Pagers
pagers-intro = Schedules at PagerDuty and Opsgenie that have overrides for whoever is on call by the roster. People are found there by their mail address.
pagers-none = No schedule follows this team yet. One is added at the machine, where its key is read from a file: <code>dogwatch pager add { $team } --kind pagerduty --role primary --schedule ID --key-file FILE</code>
pager-title = { $pager } { $schedule }: { $role }
pager-failing = failing
pager-new = not compared yet
pager-well = as the roster says
pager-strangers = { $n ->
    [one] one person unknown there
   *[other] { $n } people unknown there
}
pager-ahead = Kept ahead
pager-days = { $n ->
    [one] one day
   *[other] { $n } days
}
pager-synced = Compared
pager-problem = What is wrong
pager-mend = { $pager } knows nobody by these mail addresses, so whoever its own rotation says is paged during their shifts. Give each the same address at both: there in their account, or here under Administration. Then compare again.
pager-compare = Compare now
pager-compare-of = Compare { $schedule } now
said-pager-compared = It is compared. Look again in a moment.
manage-strangers = { $n ->
    [one] A pager does not know one person of the roster, and pages somebody else during their shifts.
   *[other] Pagers do not know { $n } people of the roster, and page somebody else during their shifts.
}
