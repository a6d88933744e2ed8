team-as-of = As of
team-on-call = On call
team-nobody-now = Nobody is planned at this time.
team-not-paged = not paged
team-nobody = nobody
team-cover-asked = Cover is asked for; still responsible until somebody agrees.
team-next = Next
team-nothing-next = Nothing is published after this.
team-escalation = Escalation
team-no-contacts = No contacts are set.
team-sign-in = <a href="{ $url }">Sign in</a> to see phone numbers and addresses.
team-call = Call { $name }
shift-hand-over = To hand this shift over, decline it in your calendar, or follow the link in its description.
shift-title = { $role }, { $team }
