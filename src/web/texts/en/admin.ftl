# Pages of administrators.
admin-title = Administration
admin-intro = What belongs to the whole server. What belongs to one team is on its own page, under "Manage the team".
admin-more = Configuration, backups and moving to another database are done at the machine: <code>dogwatch --help</code>.
admin-people = People
admin-import = Import people
admin-teams = Teams
admin-tokens = API tokens
admin-audit = Audit log
admin-save = Save
admin-name = Name
admin-id = Id
admin-id-hint = Lower-case letters, digits and hyphens, such as ada. It stays for ever.
admin-email = E-mail address
admin-phone = Phone (optional)
admin-phone-hint = In international form, such as +44 7700 900123. Only colleagues of the same teams see it.
admin-zone = Time zone
admin-zone-hint = An IANA name, such as Europe/London. Nights and whole days are meant in it.
admin-state = State
admin-disabled = disabled
admin-administrator = administrator
admin-manager = manager
admin-from = from
admin-until = until

# People
admin-person-add = Add a person
admin-person-next = Next: put them into a team, and give them a password on their access page.
admin-person-facts = Who they are
admin-person-no-teams = In no team yet. A team's managers add people under "Members".
admin-find = Name, address or id
admin-find-button = Find
admin-nobody = There is nobody yet. Add people one by one, or import them from a file.
admin-nobody-found = Nobody's name, address or id has that in it.
admin-show-all = Show all { $n }
said-person-added = Added. Now put them into a team, and give them a password.
said-person-changed = Saved. Shifts and calendars say so already.

# Access
admin-access = Rights and passwords
admin-access-of = Access of { $name }
admin-rights = Rights
admin-may-administer = May administer this server
admin-may-administer-hint = Administrators see and change everything here. Who manages a team is said in that team.
admin-web-password = Password for these pages
admin-web-password-hint = A new password is drawn and shown once; the one before counts no more, and every browser of theirs is signed out.
admin-draw-password = Draw a new password
admin-password-drawn = The new password. It is shown this once; hand it over in a safe way.
admin-secrets = App passwords of calendar apps
admin-no-secrets = None. They make one for each device on their page "Connect a calendar".
admin-label = Where it is used
admin-label-hint = Such as "chat bot". It stands here and in the audit log.
admin-made = Made
admin-used = Last used
admin-never = never
admin-revoke = Revoke
admin-revoke-of = Revoke: { $label }
admin-door = Whether they may come in
admin-disable-hint = Disabling ends every session and revokes every password at once. Shifts they still had to stand become gaps, which the managers hear of. What they stood stays in the history.
admin-disable = Disable { $name }
admin-enable-hint = Enabling lets them sign in again with a new password. The shifts they had stay with whoever has them now.
admin-enable = Let them in again
admin-gaps = { $n ->
    [one] Disabled. One shift has nobody now:
   *[other] Disabled. { $n } shifts have nobody now:
}
said-rights-changed = Saved.
said-secret-revoked = Revoked. Whoever uses it is shut out at once.
said-person-enabled = They may come in again. Draw a new password for them.

# Tokens
admin-tokens-intro = Programs send one as <code>Authorization: Bearer</code> to <a href="/api/v1/openapi.json">the API</a>.
admin-no-tokens = There are none yet. Make one for each program, so that each can be shut out alone.
admin-token-new = A new token
admin-token-make = Make a token
admin-token-made = The new token. It is shown this once; put it where the program finds it.
admin-token-scope-unknown = Choose how far the token reaches.
admin-scope = How far it reaches
admin-scope-read = read: look at rosters and who is on call
admin-scope-roster = roster: plan, publish and answer, too
admin-scope-admin = admin: everything
admin-on-behalf = On behalf of
admin-on-behalf-hint = A person's id; then it may do no more than they may. Empty: the program acts in its own name.

# Import
admin-import-intro = A CSV file of people with their teams and roles. You see what it would do before anything is done; then it is done wholly, or not at all.
admin-import-file = File
admin-import-text = Or its text
admin-import-hint = First line: <code>id,name,email,time_zone</code>, and if you like <code>phone,teams,roles,fte,joined</code>. What a line leaves empty stays as it is.
admin-import-look = Look at what it would do
admin-import-apply = Do it
admin-import-would = This would be done
admin-import-done = Done
admin-import-nothing = Everything is there already, just so. Nothing to do.
admin-import-counts = { $rows } people: { $new } new, { $changed } changed, { $same } as they are.
admin-import-step = Line { $line }: { $what }

# Teams
admin-no-teams = There are no teams yet. Make the first one below.
admin-team-new = A new team
admin-team-add = Add the team
admin-team-id-hint = Lower-case letters, digits and hyphens, such as payments. It stands in addresses, and stays for ever.
admin-team-email-hint = The roster's own address, from which invitations to shifts come; nobody else's.
admin-team-zone-hint = In which the team counts days and hands over, such as Europe/London.
admin-arrangement = How the team divides its time
admin-arrangement-weekly = Weekly: one pair for a week, from Monday 09:00 to Monday 09:00
admin-arrangement-weekend = Weekdays and weekends: Monday 09:00 to Friday 17:00, and the weekend between
admin-arrangement-sun = Follow the sun: handed from site to site, each from nine o'clock of its own zone, a week each
admin-sites = Zones of the sites, to follow the sun
admin-sites-hint = Such as Asia/Singapore, Europe/London, America/New_York. Empty: three parts of eight hours of the team's own day.
admin-arrangement-empty = In another way: I make the patterns myself
said-team-added = The team is there, and its calendars too. Next: add members.

# Audit
admin-audit-intro = Everything that was done, the latest first. Each row carries the hash of the one before, so that nothing can be changed afterwards without being seen.
admin-audit-check = Check that all of it is there
admin-audit-whole = Every row follows from the one before: nothing was changed or taken out.
admin-audit-broken = Row { $place } does not follow from the one before. Something was changed or taken out there; compare with a backup.
admin-audit-who = Who
admin-audit-what = What
admin-audit-object = To what
admin-audit-team = Team
admin-audit-all = all
admin-audit-from = From day
admin-audit-to = To day
admin-audit-filter = Filter
admin-audit-nothing = Nothing of that sort was done. Leave fields empty to see more.
admin-audit-show-all = Show everything
admin-audit-place = No.
admin-audit-when = When
admin-audit-for = for
admin-audit-more = Details
admin-audit-details = Details of { $place }
admin-audit-before = Before:
admin-audit-after = After:
admin-audit-older = Older
