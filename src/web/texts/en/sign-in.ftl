sign-in-title = Sign in
sign-in-login = E-mail address or id
sign-in-password = Password
sign-in-button = Sign in
sign-in-hint = This is your password for these pages. Calendar apps have passwords of their own; those don't work here.
sign-in-forgotten = Forgotten, or none yet? Whoever runs this server sets one.
sign-in-wrong = User name and password don't match.
sign-in-too-often = { $minutes ->
    [one] There were too many wrong passwords. Wait a minute, then try again.
   *[other] There were too many wrong passwords. Wait { $minutes } minutes, then try again.
}
sign-in-busy = Many people are signing in at this moment. Try again in a second.
sign-in-by = Sign in with { $name }
sign-in-or = Or with your password here:
sign-in-provider-broken = Signing in that way does not work at this moment. Try again, or use your password.
sign-in-provider-stale = That took too long, or began in another browser. Try again.
sign-in-provider-nobody = Nobody here has that account. Whoever runs this server adds people, by the mail address that your provider knows.
sign-in-provider-not-proven = Your provider did not say that it was you just now. Use your password.
sign-in-code-title = One more step
sign-in-code = Code
sign-in-code-hint = The six digits that your authenticator app shows, or a recovery code.
sign-in-wrong-code = That code is not valid, or was used already. Take the next one.
said-signed-out = You are signed out.

confirm-title = Is it you?
confirm-why = What comes next changes who can get in. Type your password once more.
confirm-by = Prove it with { $name }
confirm-button = Go on
