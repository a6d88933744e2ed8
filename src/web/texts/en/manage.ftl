# Pages of a team's managers.
manage-title = Manage { $team }
manage-address = The roster's address
manage-zone = Time zone
manage-members = Members
manage-qualifications = Qualifications
manage-patterns = Patterns
manage-holidays = Holidays
manage-weights = Weights
manage-contacts = Escalation contacts
manage-settings = Settings
manage-no-members = Nobody belongs to this team yet.
manage-no-patterns = No pattern asks for anybody yet, so there is nothing to plan.
manage-remove = Remove
manage-remove-of = Remove: { $what }

# Name and address
manage-name = Name and address
manage-name-of = What the team is called
manage-name-hint = As it stands in shifts, calendars and mails. Its address here, with its id, stays as it is.
manage-address-hint = From this address the roster invites. Calendar apps show it as the organizer of every shift.
said-team-renamed = Saved. Every shift and calendar of the team says so already.

# Members
manage-member-add = Add a member
manage-from = From
manage-until = Until
manage-fte = Share
manage-as = As
manage-always = always
manage-open = open
manage-over = over
manage-manager = manager
manage-stands = stands shifts
manage-bouncing = mail comes back
manage-novice = learning
manage-gaps = { $n ->
    [one] Done. One shift has nobody now:
   *[other] Done. { $n } shifts have nobody now:
}
manage-person = Person
manage-person-hint = Their e-mail address or id. Whoever has no account yet is added by an administrator.
manage-from-day = First day
manage-until-day = First day no longer
manage-days-hint = Days of the team's zone. Both may stay empty: without a first day it is since ever, without a last one it is open.
manage-fte-percent = Share of full load in percent
manage-fte-hint = 50 carries half of what others carry.
manage-stands-long = Stands shifts
manage-novice-long = Still learning: stands only with somebody who is not
manage-manager-long = Manages the team: plans, publishes, and answers for members
manage-end = Leave the team
manage-end-hint = What they had to stand from that day on becomes gaps, which are named. What they stood stays in the history.
manage-end-day = First day they don't belong to it
manage-end-button = End the membership of { $name }
said-member-added = Added. Their calendar shows the team's roster from now on.
said-member-changed = Saved.

# Qualifications
manage-qualifications-intro = Whoever stands a role needs everything that it requires, for the whole of the shift. People see on their dashboard what they lack, and how to obtain it.
manage-required = What roles require
manage-qualification = Qualification
manage-how = How to obtain it
manage-how-hint = In a sentence: whom to ask, what to do.
manage-where = Where
manage-where-hint = A link that begins with https://, if there is one.
manage-of-everybody = all teams
manage-role-requires = { $role } requires { $what }
manage-save-required = Save what roles require
manage-no-qualifications = No qualification yet, so every member may stand every role. Add one below where that should not be so.
manage-grants = Who has what
manage-no-grants = Nobody has been granted anything yet.
manage-evidence = Evidence
manage-evidence-hint = How it was shown: a certificate's number, a drill on a day.
manage-last-day = Last day
manage-lapsed = lapsed
manage-soon = lapses soon
manage-take-back = Take back
manage-take-back-of = Take { $what } back from { $name }
manage-grant-new = Grant a qualification
manage-grant = Grant
manage-valid-from = From day
manage-valid-hint = Both may stay empty. Who has it already gets the new days and evidence.
manage-qualification-new = A new qualification
manage-qualification-add = Add the qualification
said-qualification-added = Added. Say below which roles require it, and who has it.
said-requirements-changed = Saved. The next plan heeds it; published shifts stay as they are.
said-granted = Granted.
said-grant-revoked = Taken back. What they stood to earn it counts no more.

# Earned by standing shifts
manage-earned = What earns them
manage-earned-intro = A qualification of the team's own can be earned: whoever has stood so many shifts of each role has it, as of the end of the last. So a newcomer shadows first. 0 everywhere: it is granted only.
manage-earned-of = Shifts as { $role } for { $what }
manage-earned-save = Save what earns { $what }
manage-save = Save
manage-number-of-shifts = A number of shifts is from 0 to 1000.
said-earning-changed = Saved. Who stood enough already has it.

# Rules
manage-rules = Rules
manage-rules-intro = No plan and no swap breaks these. A manager may overrule one for a single shift, with a written reason. Least rest, spacing and sites are under
manage-caps = Caps
manage-caps-hint = Nobody stands more than that within any window of so many days. Leave turns or hours empty where only the other counts; empty all of a line to take it out.
manage-cap = Cap { $n }
manage-cap-days = Within days
manage-cap-turns = at most turns
manage-cap-hours = at most hours
manage-cap-roles = of the roles (empty: all)
manage-cap-wrong = A cap has whole days from 1 to 366, whole turns, and hours with at most two decimals. Minutes are whole numbers.
manage-events = Handover and alarms
manage-handover = Length of the handover's event, in minutes
manage-handover-hint = 0: none. Otherwise both find an event wherever one hands over to the other, at most 240 minutes long.
manage-alarm = Minutes before a shift at which on-call phones ring first
manage-alarm-hint = They ring at the start as well. 0: only then. At most 1440, a day.
manage-pairs = Never together
manage-no-pairs = Any two may stand at the same time. Choose two below who should not.
manage-pair-one = One
manage-pair-other = The other
manage-pair-forbid = Never together
manage-pair-allow = Allow again
manage-pair-allow-of = Allow { $one } and { $other } together again
manage-packs = Packs of rules
manage-packs-hint = A pack only tightens what you have. Look first: what is published stays as it is, and what would break is listed.
manage-pack-in-force = taken over
manage-pack-look = Look
manage-pack-look-of = Look at what { $pack } would change
manage-pack-would = What { $pack } would change
manage-pack-unchanged = Nothing: your rules are as strict already.
manage-pack-breaks = What is published would break it here:
manage-pack-not-enforced = What no rule here can hold to:
manage-pack-take = Take it over
manage-pack-unknown = There is no such pack.
said-rules-changed = Saved. The next plan and the next swap heed it.
said-pair-forbidden = Saved. They are not planned together any more.
said-pair-allowed = They may stand together again.
said-pack-taken = Taken over. Published shifts stay as they are.

# Words
manage-words = Words
manage-words-intro = What the title of an event in somebody's Availability means: the whole title, or what stands before a colon. Big and small letters are alike. Without any of these words it means that they can't.
manage-words-avoid = Rather not
manage-words-avoid-hint = One a line. Events marked as tentative mean the same.
manage-words-prefer = Gladly
manage-words-prefer-hint = One a line.
manage-words-ignore = Means nothing
manage-words-ignore-hint = One a line: such events are passed over.
said-words-changed = Saved. What everybody has put in is read by these words already.

# Pay
manage-pay = Pay rates
manage-pay-intro = Whole units, of whatever you pay in: for each shift and call-out, and for their hours by class. Reports count with the table that is in force on the day on which a shift begins.
manage-pay-rates = Rates
manage-pay-flat = each
manage-pay-work = working hour
manage-pay-evening = evening hour
manage-pay-night = night hour
manage-pay-weekend = weekend hour
manage-pay-holiday = holiday hour
manage-pay-other = every other role
manage-pay-call-outs = call-outs
manage-pay-from = In force from
manage-pay-from-hint = Empty: the first table since ever, a later one from today on.
manage-pay-add = Add this table
manage-pay-editions = Tables
manage-pay-none = There is none yet, so nothing is counted as pay. Fill in the first above.
manage-pay-edition = Table { $n }
manage-pay-since = from
manage-pay-ever = since ever
manage-pay-in-force = in force
manage-pay-wrong = An amount is a whole number of units, without sign or decimals.
said-pay-changed = Added. Reports count by it from its day on.

# Patterns
manage-patterns-intro = A pattern is recurring demand: when somebody is needed, and in which roles. It is an event of the team's pattern calendar, and can be changed there with any calendar app.
manage-pattern-next = Next:
manage-pattern-over = It asks for nobody any more.
manage-pattern-nothing = It would ask for nobody within the next year.
manage-pattern-would = What "{ $title }" would ask for
manage-pattern-new = A new pattern
manage-pattern-title = What it is called
manage-pattern-start = First start
manage-pattern-end = End of the first one
manage-pattern-zone-hint = Its times are meant on this zone's clock, and stay so when the clock changes.
manage-pattern-days = On these weekdays
manage-monday = Monday
manage-tuesday = Tuesday
manage-wednesday = Wednesday
manage-thursday = Thursday
manage-friday = Friday
manage-saturday = Saturday
manage-sunday = Sunday
manage-pattern-every = Every so many weeks
manage-pattern-every-hint = 1 is every week.
manage-pattern-roles = Roles it needs
manage-pattern-end-zone = Zone of the end, if it is another
manage-pattern-end-zone-hint = The next site's, where one site hands over to another by the other's clock.
manage-pattern-site = Only people of the site
manage-pattern-any-site = any
manage-pattern-at-work = Only for people who are at work for all of it
manage-pattern-turn = Who stands one of them stands
manage-turn-week = all of the week
manage-turn-day = all of the day
manage-turn-occurrence = that one alone
manage-pattern-rule = Or a rule of your own (RRULE)
manage-pattern-rule-hint = Such as FREQ=MONTHLY;BYDAY=1MO. Then the weekdays above mean nothing.
manage-pattern-look = Look at what it would ask for
manage-pattern-add = Add the pattern
said-pattern-added = Added. Plan a month to have it filled.
said-pattern-removed = Removed. What is published stays until the next publication.

# Holidays
manage-holidays-intro = Hours of a holiday count with their own weight, and are no working hours.
manage-no-holidays = No holiday is known for the next year. Take a calendar of your country or region in below.
manage-holiday = Holiday
manage-holiday-next = Next day
manage-holiday-changed = changes
manage-holidays-import = Take a calendar in
manage-holidays-hint = An ICS file as it is published for a country or region; whole days count, what has times is left out.
manage-holidays-would = { $n ->
    [one] Of { $rows } holidays one would be added or changed
   *[other] Of { $rows } holidays { $n } would be added or changed
}
said-holidays-imported = The holidays are in the team's calendar.
said-holiday-removed = Removed.

# Weights
manage-weights-intro = Each hour of duty counts points: the weight of its class, times the weight of the role. Fairness is balanced in these points, so they say what your team finds hard. What was stood keeps the points it has.
manage-classes = An hour of duty counts
manage-work = Within working hours
manage-work-hint = Monday to Friday 9 to 17, or what the person's calendar says. Little, for they would be at work anyway.
manage-evening = In the evening or early morning
manage-evening-hint = Beside working hours from 7 to 22 of a working day.
manage-night = At night
manage-night-hint = 22 to 7 of a working day. A broken night costs the next day, too.
manage-weekend = At a weekend
manage-weekend-hint = All of Saturday and Sunday, in the person's own zone.
manage-holiday-hint = All day, by the team's holidays and the person's own.
manage-roles = Weights of roles
manage-roles-hint = 1 counts in full, 0.8 four fifths, 0 not at all. A second who is seldom called carries less than the first.
manage-further = What else counts, in percent
manage-further-hint = 0 leaves it out of account. 100 weighs as much as what it is compared with.
manage-nights-apart = Nights, shared evenly by themselves
manage-weekends-apart = Weekends, shared evenly by themselves
manage-holidays-apart = Holidays, shared evenly by themselves
manage-apart-hint = How much an uneven share of these alone counts beside that of all points together.
manage-novice-alone = A novice without an expert
manage-novice-alone-hint = What such a watch costs; 100 is what one mean turn above the fair share costs. Who is an expert is said by a qualification that the team's settings name.
manage-same-partner = The same two together once more
manage-same-partner-hint = What that costs in one plan, counted likewise.
manage-examples = What that comes to for the first role
manage-points = { $points } points
manage-edition = This is edition { $n } of the weights. Every shift remembers by which edition it was counted.
manage-weight-wrong = A weight is a number from 0 to 100 with at most two decimals, such as 1.5; a percentage is a whole number from 0 to 10000.
said-weights-changed = Saved. Plans count by them from now on.

# Contacts
manage-contacts-intro = Whom to call when whoever is on call doesn't answer, in this order. They stand in every shift of the team.
manage-contact-new = One more
manage-place = Place
manage-phone = Phone
manage-only-for = Only for
manage-every-role = every role
manage-contacts-hint = To take one out, empty their name and phone. Phones are in international form, such as +44 7700 900123.
said-contacts-changed = Saved. Every shift of the team says so already.

# Settings
manage-public = Whoever doesn't sign in may read the team's page
manage-public-hint = Roles, names and times; never addresses or phone numbers. Off: only whoever signs in.
manage-contacts-in-snapshot = Addresses and phone numbers stand in the copy kept for when the server is down
manage-contacts-in-snapshot-hint = That copy is for the team and whoever runs the server; what of it strangers may see never has them.
manage-opt-in = Who has said nothing about a month is unavailable
manage-opt-in-hint = Off: silence means available. On: only who confirmed the month, or says "gladly", is planned.
manage-leave = Leave lowers the fair share
manage-leave-hint = Off: what is missed during leave is made up for later.
manage-rest = Least rest between two turns, in hours
manage-rest-hint = Never broken by a plan. 11 is what European rules ask for.
manage-spacing = Days between two turns that are wished for
manage-spacing-hint = A wish, not a rule: a plan comes as near as it can.
manage-edge = Hours of a shift that an all-day absence may touch at its end
manage-edge-hint = 0: any touch excludes. 9: a shift until 9 in the morning of the first day off is rather avoided, but possible.
manage-balance-weeks = Weeks over which loads are balanced
manage-balance-weeks-hint = What was stood before that is forgotten.
manage-expert = Who is an expert
manage-nobody-expert = Nobody
manage-expert-hint = Whoever holds this qualification. A novice rather stands with one of them; what that counts is set with the weights.
manage-sites = Sites
manage-sites-hint = One a line with its people's ids: London: ada, ben. A pattern that is bound to a site is stood by its people only.
manage-sites-wrong = A line of the sites is not like "London: ada, ben", or names somebody who never belonged to the team.
manage-swaps = Swaps
manage-approval = A manager approves each swap
manage-deadline = Hours before the start at which managers hear of a shift that nobody takes
manage-deadline-hint = Until somebody agrees, whoever holds it stays responsible.
manage-reach = Who is asked for cover
manage-reach-ranked = The most suitable first, then one more at a time
manage-first = Asked at once
manage-every = Minutes until the next one is asked
manage-reach-all = Everybody suitable at once
manage-number-wrong = One of the numbers is none, or too large. Weeks are 1 to 104, hours of rest at most 168.
said-settings-changed = Saved. The next plan and the next swap heed it.
