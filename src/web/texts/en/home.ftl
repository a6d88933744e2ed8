home-title = Who is on call?
home-intro = Dogwatch plans on-call rosters and keeps them in people's own calendars.
home-no-teams = There are no teams yet.
home-no-teams-next = Whoever runs this server makes one with <code>dogwatch team add</code>.
home-connect = Connect your calendar
home-connect-how = In your calendar app add a CalDAV account:
home-server = Server
home-user = User name
home-user-what = your e-mail address or your id
home-password = Password
home-password-what = an app password, made for this app alone; whoever runs this server gives you one
home-availability = Put what you can't do into <em>Availability</em>. Your shifts appear in <em>Shifts</em>; to hand one over, decline it there. Colleagues who can take it are asked, and it stays yours until one of them agrees.
home-programs = For programs: <a href="/api/v1/openapi.json">the JSON API</a>.
