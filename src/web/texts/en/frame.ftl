# What stands on every page.
frame-skip = Skip to the content
frame-reads-only = The disk of the server can only be read at the moment: everything can be looked at, nothing can be changed. Shifts and who is on call are as they were when this began.
frame-navigation = Pages
frame-teams = Who is on call
frame-account = Account
frame-admin = Administration
frame-board = { $team }: plan
frame-sign-in = Sign in
frame-sign-out = Sign out
frame-signed-in-as = Signed in as { $name }
frame-theme = Theme
frame-theme-auto = As the device
frame-theme-light = Light
frame-theme-dark = Dark
frame-theme-set = Use
frame-times = Times are in { $zone }.
frame-request = Request
frame-back-home = Back to the front page

# Why something is refused.
frame-administrators-only = Only an administrator may open this page.
frame-managers-only = Only a manager of this team or an administrator may open this page.
frame-signed-out = You are not signed in any more. Sign in, and do it again.
frame-foreign = This did not come from a page of Dogwatch, so nothing was done. Open the page here and press the button again.
frame-stale-form = This page was opened before you signed in, or in another session. Load it again and repeat what you did.
