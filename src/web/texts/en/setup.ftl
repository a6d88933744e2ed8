setup-title = A new Dogwatch
setup-intro = Nobody administers this server yet. Make the first account, and a team if you like; everything can be changed later.
setup-code = Code
setup-code-hint = The server printed it when it was started. It is good for this once.
setup-you = You
setup-zone-hint = Yours and the team's, such as Europe/London.
setup-team = Your first team
setup-team-hint = Leave it empty to make teams later.
setup-team-name = Name of the team
setup-team-id = Id of the team
setup-team-email = Address of its roster
setup-stands = I stand shifts in it, too
setup-begin = Begin
said-set-up = Done. Sign in with your new password. Next: add members, or import them from a file.
home-setup = <a href="/setup">Set this server up</a> with the code that it printed when it was started, or by <code>dogwatch init</code>.
