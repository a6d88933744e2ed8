# Connecting calendar apps.
connect-title = Connect a calendar
connect-intro = Each device gets a password of its own, so that you can shut out a lost one and keep the others.
connect-choose = Which program?
connect-apple = iPhone, iPad or Mac
connect-davx5 = Android, with DAVx⁵
connect-thunderbird = Thunderbird
connect-evolution = Evolution (GNOME)
connect-kde = KDE (Kontact, Merkuro)
connect-outlook = Outlook on Windows
connect-other = Another CalDAV program
connect-link = Google Calendar or Outlook on the web
connect-devices = Devices
connect-no-devices = No device is connected yet. Choose its program above.
connect-phone = on-call phone
connect-read-only = only reads
connect-made = Made
connect-used = last used
connect-unused = never used
connect-revoke = Revoke
connect-revoke-of = Revoke { $label }
connect-links = Private links
connect-links-how = For programs that can't sign in. Whoever has such a link sees your shifts, and nobody can answer in what it shows.
connect-no-links = There are none. Choose Google Calendar or Outlook on the web above to make one.
connect-why = Its password is made for it alone, and is shown once.
connect-link-why = These read a link and can't answer. You answer offers on your dashboard, or by the link in the mail.
connect-label = What do you call this device?
connect-label-hint = Such as “Ada's phone”: you recognise it by this when you want to shut it out.
connect-is-phone = This is my on-call phone
connect-phone-hint = Tick it for the one device that is to wake you. It alone lists “On-call alarms”: your shifts, with an alarm some time before each and one at its start, and what you are reminded of.
connect-only-reads = It only reads
connect-only-reads-hint = It can neither accept shifts nor store when you can't.
connect-make = Make its password
connect-make-link = Make the link
connect-made-title = { $label } is ready
connect-once = This password is shown now and never again.
connect-once-link = This address is shown now and never again. Give it to nobody.
connect-address = Address
connect-profile = Download the configuration profile
connect-open-davx5 = Open DAVx⁵ on this phone
connect-code = Code with the account, to be read by a phone
connect-code-how = Or photograph this with the phone, and open the address that it reads with DAVx⁵.
connect-steps = Step by step
connect-done = Done
connect-apple-steps = <li>Download the profile on the device itself, and allow it.</li><li>iPhone and iPad: open Settings, <em>Profile downloaded</em>, Install. Mac: System Settings, Privacy &amp; Security, Profiles.</li><li>Without the profile: Settings, Apps, Calendar, Calendar Accounts, Add Account, Other, <em>Add CalDAV Account</em>, with the server, user name and password above.</li><li>Shifts appear in <em>Shifts</em>; offers in the inbox of Calendar. Put what you can't do into <em>Availability</em>.</li>
connect-davx5-steps = <li>Install DAVx⁵, and open it with the button or the code above; or choose <em>Login with URL and user name</em> there, with <code>{ $server }</code>, user name and password.</li><li>Call the account <code>{ $email }</code>: Android shows the buttons to answer only if its name is your address.</li><li>Tick the calendars Shifts and Availability, and let it synchronise.</li>
connect-thunderbird-steps = <li>Calendar, <em>New Calendar</em>, On the Network; user name <code>{ $email }</code>, location <code>{ $server }</code>, Find Calendars.</li><li>Choose Shifts and Availability, and give the password.</li><li>In the properties of Shifts choose the identity with <code>{ $email }</code>, or Thunderbird doesn't know which answers are yours.</li>
connect-evolution-steps = <li>File, New, <em>Collection Account</em>; user <code>{ $email }</code>, and under Advanced the server <code>{ $server }</code>.</li><li>Give the password, and leave Calendars ticked.</li><li>Answer shifts in Shifts; invitations that arrive by mail as well need no second answer.</li>
connect-kde-steps = <li>In Merkuro or Kontact add a calendar: <em>DAV groupware resource</em>.</li><li>User name <code>{ $email }</code> and the password; then “Configure the resource manually”, Add, CalDAV, remote URL <code>{ $server }/dav/</code>, Fetch.</li><li>Your identity in Kontact must have the address <code>{ $email }</code>.</li>
connect-outlook-steps = <li>Install the free add-in <em>CalDav Synchronizer</em>, and add a profile of the kind Generic CalDAV.</li><li>DAV URL <code>{ $server }/dav/</code>, user name and password above, then <em>Test or discover settings</em>, and choose Shifts; one more profile for Availability.</li><li>Give <code>{ $email }</code> as e-mail address, so that answers are yours.</li>
connect-other-steps = <li>Add a CalDAV account with the server <code>{ $server }</code>. Where that is not found, use <code>{ $server }/dav/</code>.</li><li>Give it the address <code>{ $email }</code> where it asks for yours.</li>
connect-link-steps = <li>Google: Other calendars, +, <em>From URL</em>, and paste the address. Outlook: Add calendar, <em>Subscribe from web</em>.</li><li>Both ask seldom, Google about twice a day: what was just published may be late. The mails and your dashboard are not.</li><li>Hand in your Google or Outlook calendar below as an outside calendar, so that its busy times count.</li>
said-device-revoked = Revoked. That device is shut out.
said-link-revoked = Revoked. That link shows nothing any more.

# Calendars of other servers.
outside-title = Calendars elsewhere
outside-how = Hand in the address of a calendar that you keep elsewhere. Your managers see only that you are busy.
outside-none = You have handed in none. Give the address of one below.
outside-failed = could not be had
outside-stale = old
outside-well = well
outside-events = { $n ->
    [one] { $n } event
   *[other] { $n } events
}
outside-had = had
outside-never = never had yet
outside-next = next
outside-refresh = Ask now
outside-refresh-of = Ask for { $name } now
outside-remove = Remove
outside-remove-of = Remove { $name }
outside-url = Address (ICS)
outside-url-hint = https:// or webcal://. In Google: Settings of the calendar, “Secret address in iCal format”. In Outlook: Shared calendars, Publish.
outside-name = What it is called here
outside-counts = It counts
outside-utilisation = as work; whole busy days and out of office exclude
outside-blocks = all that shows as busy excludes
outside-holidays = as my holidays
outside-add = Hand it in
outside-not-reachable = Its server can't be reached.
outside-no-calendar = What is there is no calendar.
outside-too-much = It is too large.
said-outside-added = Handed in. It is asked for in a moment.
said-outside-asked = It is asked for now.
said-outside-removed = Removed, with all that was had of it.

# Calendars that are kept here.
own-title = Your other calendars here
own-how = How each counts for your rosters.
own-set = Set
said-calendar-counts = It counts so from now on.

# What an app sees.
check-title = What does my app see?
check-findings = What was found
check-shifts = { $name } is there, and answers in it are taken.
check-no-shifts = There is no calendar Shifts in which you could answer. Tell whoever runs this server.
check-waiting = { $n ->
    [one] One event waits for your answer: your app should offer to accept it.
   *[other] { $n } events wait for your answer: your app should offer to accept them.
}
check-nothing-waits = Nothing waits for an answer now, so no app shows a button. You have answered { $n }.
check-astray = { $n } events in Shifts don't name you by an address of yours, so no app lets you answer them. Tell whoever runs this server.
check-no-device = No app password is in use. Connect a device first.
check-read-only = { $label } only reads: it can't answer. Make it another password.
check-never-used = { $label } has never signed in. Enter its password there again, or make a new one.
check-silent = { $label } has not asked for some days. Open its calendar app; it may have been shut out or be offline.
check-device-well = { $label } asks regularly.
check-phone = { $label } is your on-call phone: it also lists On-call alarms, and rings for your shifts. Answer them in Shifts.
check-which = Which wait
check-calendars = What a device lists
check-calendar = Calendar
check-may = What can be done in it
check-answers = answer; other changes are undone
check-availability = say when you can't
check-writes = everything
check-reads = look
check-why = Why is there no Accept button?
check-reasons = <li>Apps show it only to somebody whom they know by the invited address. Yours is <code>{ $email }</code>: in Thunderbird the identity of the calendar, in DAVx⁵ the name of the account, in KDE and Outlook your own address must be that.</li><li>Look into <em>Shifts</em>, not into the team's calendar: that one is for looking only.</li><li>A calendar that came by a link (Google, Outlook on the web) can't answer. Use your dashboard, or the link in the event.</li><li>What you have answered already shows no button in some apps. Open the event to change your answer.</li><li>Some apps synchronise seldom. Pull the list down, or synchronise by hand.</li>
