# The board of one roster.
board-title = { $team }: the board
board-all-plans = { $team }: all rosters
board-back = Back to the board
board-first-draft = Draft
board-draft-on = Draft on top of version { $version }
board-published = Version { $version }, in force
board-historic = Version { $version }, replaced or ended
board-days-of = Days and shifts are in the team's zone, { $zone }.
board-to-changes = What changes; publish
board-to-comparison = Compare with what is in force
board-to-moves = Hand a shift on
board-solve = Solve again
board-restore = Make a draft of this
board-no-gaps = { $n ->
    [one] The one required shift is filled
   *[other] All { $n } required shifts are filled
 }
board-gaps = { $n ->
    [one] 1 shift nobody stands
   *[other] { $n } shifts nobody stands
 }
board-broken = { $n ->
    [one] 1 rule broken
   *[other] { $n } rules broken
 }
board-spread = Balances from { $least } over { $middle } in the middle to { $most } points.
board-by-load = Who carries least first
board-by-name = By name
board-nobody = Nobody stands shifts in this team yet. Add members to the team first.
board-no-slots = No pattern asks for shifts in these days. Add a pattern to the team, then solve again.
board-how = Open a shift to see who could stand it, and why. Open a balance to hand one of that person's shifts on.
board-how-script = Or drag a shift onto a person, or onto somebody's shift to exchange the two, or a balance onto a person: what it would do is shown at once. On a touch screen hold it for a moment first. With the keyboard: Space picks up, up and down choose a person, right and left one of their shifts, Enter gives, Escape leaves it.
board-whole = Move all of a turn together
board-people-days = People and days
board-effect = What it would do
board-legend = Signs
board-unavailable = can't
board-avoid = rather not
board-prefer = gladly
board-neutral = nothing said
board-part = for part of the day
board-other-duty = on another shift
board-pinned = pinned
board-fixed = fixed: it has started, or is split
board-moved = other than published
board-breaks = breaks a rule
board-gap = nobody
board-elsewhere = stands { $role } for { $team }
board-source-availability = their Availability
board-source-hours = their available hours
board-source-team = the team's Availability
board-source-office = out of office
board-source-all-day = an all-day event
board-source-calendar = a calendar that blocks
board-source-silence = has not said when they can
board-source-unread = an entry that could not be read
board-novice = novice
board-fte = { $percent } %
board-unconfirmed = not confirmed
board-tally = { $turns ->
    [one] 1 turn
   *[other] { $turns } turns
 } of { $hours }; carries { $load } points, the fair share is { $share }
board-picked = Picked up: { "{" }what{ "}" }. Up and down choose a person, right and left one of their shifts, Enter gives, Escape leaves it.
board-left = Left where it was.
board-take-back = Take it back
board-gaps-heading = Shifts nobody stands
board-broken-heading = Rules that are broken
board-discard = Throw this draft away
board-discard-hint = What is published stays as it is. The draft can't be brought back.
board-discard-now = Throw it away

# One slot.
board-who-stands = Who stands { $role }?
board-held-by = { $name } holds it.
board-held-by-nobody = Nobody holds it.
board-overruled = A rule is overruled here: { $reason }
board-pin-it = Pin it: solving again must keep it so
board-all-of-turn = { $n ->
    [one] The one shift of this turn
   *[other] All { $n } shifts of this turn
 }
board-exchange-with = Exchange it for another shift
board-exchange-for = For
board-keep = Keep { $name }
board-empty-it = Leave it empty
board-candidates = Everybody, best first
board-candidate = Person
board-level = Recommendation
board-reasons = Reasons
board-what-it-does = What it would do
board-holds-it = holds it
board-recommended = recommended
board-possible = possible
board-reluctant = reluctant
board-excluded = excluded
board-give = Give
board-give-to = Give to { $name }
board-give-this = Give to { $to }: { $role }
board-override = Override…
board-override-for = Override for { $name }

# What a move would do.
board-effect-of = { $from } → { $to }
board-exchange-of = { $from } ⇄ { $to }
board-exchanged-for = for
board-exchange = Exchange them
board-slots-of-turn = { $n ->
    [one] 1 shift of the turn
   *[other] { $n } shifts of the turn
 }
board-costs-same = costs the same
board-costs-more = costs { $points } more
board-costs-less = costs { $points } less
board-breaks-none = Breaks no rule
board-nothing-changes = Nobody's load changes.
board-balance = Balance
board-before = Before
board-after = After
board-term-fairness = fairness
board-term-wishes = wishes
board-term-utilisation = full months
board-term-spacing = spacing
board-term-company = who stands with whom
board-term-change = change of what is published
board-term-empty = empty optional shifts
board-reason-label = Reason for overruling these rules
board-reason-hint = It is kept with your name in the audit trail.
board-moves-title = Hand a shift on
board-moves-from = From
board-moves-to = To
board-moves-look = Show what it would do
board-moves-same = Choose two different people.
board-moves-of = From { $from } to { $to }
board-moves-none = { $from } holds nothing here that could be handed on: pinned shifts and those that have started stay.

# A draft against what is published.
board-changes-title = What publishing changes
board-changes-none = Nothing differs from what is in force.
board-changes-count = { $n ->
    [one] 1 shift changes. Whoever stands it is told.
   *[other] { $n } shifts change. Only those whose shifts or partners change are told.
 }
board-change = Change
board-shift = Shift
board-from = From
board-to = To
board-was = was
board-added = new
board-removed = gone
board-retimed = other times
board-handed-on = handed on
board-publish = Publish
board-swaps-keep = Keep what was swapped since
board-swaps-undo = Undo those swaps
board-publish-reason = Reason
board-publish-hint = Shown with this version. Where rules are broken, it overrules them and is needed.

# The solver at work.
board-solving-title = Solving
board-solved-title = Solved
board-solving-not = Not solved
board-solving-for = { $n ->
    [one] For 1 second.
   *[other] For { $n } seconds.
 }
board-solving-none-yet = Nothing has been found yet.
board-solving-early = Stopped early: with more time it might have come out better.
board-solving-failed = Nothing was stored: { $why }.
board-solving-stop = Enough: take the best so far
board-solving-moved = Handed on against what is in force
board-solving-chosen = it comes out better so
board-solving-open = Open the board
board-solving-home = All rosters
board-stands-as-it-is = What is published stands as it is.
board-figure-gaps = { $n ->
    [0] Every required shift is filled.
    [one] 1 required shift stays empty.
   *[other] { $n } required shifts stay empty.
 }
board-figure-best = It is proved best.
board-figure-within = It is within { $percent } % of the best there can be.
board-figure-unknown = How near the best it is, is not known yet.

# All rosters of a team, and what waits for its manager.
board-home-title = { $team }: planning
board-home-drafts = Drafts
board-home-no-drafts = No draft is open. Choose the days below, and a filled draft is made for you to look at; nobody is told before you publish it.
board-home-made = made
board-home-from = From
board-home-to = Last day
board-home-make = Make a draft
board-home-make-hint = What is published stays; the rest is filled from everybody's availability and load.
board-home-swaps = Swaps that wait for your approval
board-home-no-swaps = None. Where the team's rules ask for approval, they appear here, and you get a mail.
board-home-swap = { $taker } would take it from { $holder }.
board-home-because = “{ $reason }”
board-home-approve = Approve
board-home-refuse = Refuse
board-home-months = Who has confirmed their month
board-home-nobody = Nobody is a member then. Add members to the team first.
board-home-confirmed = { $n } of { $of } have confirmed.
board-home-open = { $n ->
    [one] 1 has not
   *[other] { $n } have not
 }
board-home-remind = Remind
board-home-remind-one = Remind { $name }
board-home-remind-all = Remind them all
board-home-silent = Shifts nobody has acknowledged
board-home-none-silent = Every coming shift is acknowledged by whoever stands it. Nothing to do.
board-home-silent-count = { $n ->
    [one] 1 shift
   *[other] { $n } shifts
 }
board-home-silent-beyond = And { $n } more.
board-home-remind-silent = Remind whoever has not acknowledged
board-home-editions = Versions
board-home-no-editions = Nothing is published yet. Make a draft above, look at it, and publish it.
board-home-version = Version
board-home-edition = Version { $n }
board-home-days = Days
board-home-published = Published
board-home-reason = Reason
board-home-in-force = in force

# What just happened.
said-slot-given = The shift is given.
said-shifts-exchanged = The shifts are exchanged.
said-slot-emptied = Nobody holds the shift now.
said-reason-wanted = That breaks a rule. Give a reason to overrule it, or choose somebody else.
said-board-stale = Somebody changed this draft meanwhile. Here it is as it is now; do it again if you still want to.
said-roster-published = Published. Everybody's calendar holds it now.
said-draft-discarded = The draft is thrown away.
said-roster-restored = This is a new draft with everybody where they were. Nothing is published yet.
said-solving-unknown = That search has ended. What came of it is below.
said-swap-approved = Approved: the shift has changed hands.
said-swap-refused = Refused: the shift stays where it is, and others may still take it.
said-reminded = They are reminded.
said-reminded-today = Nobody was reminded: whoever it concerns has been reminded today, or nothing is open any more.
