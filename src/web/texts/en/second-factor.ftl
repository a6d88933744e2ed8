second-factor-title = Second factor
second-factor-what = With one, signing in takes a code of an app on your telephone beside the password. Calendar apps are not asked for it.
second-factor-is-on = on
second-factor-set-up = Set it up or change it
second-factor-begin = Set it up
second-factor-scan = Add it to your app
second-factor-scan-how = Scan this with an authenticator app, such as the one in your password manager.
second-factor-picture = QR code for the authenticator app
second-factor-typed = Or type into the app:
second-factor-try = Try it
second-factor-code = The six digits that the app shows now
second-factor-confirm = Turn it on
second-factor-cancel = Leave it
second-factor-wrong = That is not the code of this moment. Look whether the telephone's clock is right, and take the next one.
second-factor-on = Your second factor is on.
second-factor-left = { $n ->
    [0] No recovery code is left. Make new ones.
    [one] One recovery code is left.
   *[other] { $n } recovery codes are left.
}
second-factor-renew = Make new recovery codes
second-factor-remove = Turn it off
said-second-factor-removed = Your second factor is off.

recovery-title = Recovery codes
recovery-what = Each of these lets you in once when the telephone is lost. They are shown this once: print them, or keep them in a password manager.
recovery-kept = I have kept them
