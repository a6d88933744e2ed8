# Mails. The first line of each is its subject, too.
mail-footer = You get this because you are in the rosters of Dogwatch. What stands before you: { $home }
mail-footer-meeting = Sent by Dogwatch for { $name }.
mail-cover = Can't make it? Ask for cover
mail-answer = Agree or disagree
mail-look = Look at it
mail-no-buttons = Nothing changes by opening the page; its buttons do.
mail-when = { $title }: { $when }

mail-roster-title = { $n ->
    [one] { $team }: one of your shifts changed
   *[other] { $team }: { $n } of your shifts changed
}
mail-roster-lead = The roster was published. For you that means:
mail-roster-yours = { $role }: now yours
mail-roster-gone = { $role }: no longer yours
mail-roster-times = { $role }: at another time now
mail-roster-partner = { $role }: somebody else stands with you
mail-roster-details = { $role }: something about it changed

mail-shift-yours = { $title }
mail-shift-yours-lead = This shift is yours. Accept it to say that you have seen it; if you can't make it, decline it or ask for cover. Until somebody agrees, it stays yours.
mail-shift-gone = No longer yours: { $title }
mail-shift-gone-lead = This shift is no longer yours.
mail-shift-over = No longer asked: { $title }
mail-shift-over-lead = You were asked to stand this shift. It is not asked of you any more.
mail-shift-with = With you: { $name } ({ $role })
mail-shift-with-phone = With you: { $name } ({ $role }), { $phone }
mail-shift-contact = Escalation { $place }: { $name }, { $phone }

mail-offer-title = Can you stand it? { $team }, { $role }, { $when }
mail-offer-lead = { $requester } asks for cover.
mail-offer-proposes = { $requester } proposes a swap.
mail-offer-first = The first who agrees has it.
mail-reason = Why: { $reason }
mail-together = Together with: { $when }

mail-swap-open = Still open: { $team }, { $role }
mail-swap-open-lead = Cover is asked for again. Until somebody agrees, whoever holds the shift stays responsible.
mail-swap-approval = Awaits approval: { $team }, { $role }
mail-swap-approval-lead = { $other } agreed to stand it. A manager has yet to approve; until then the shift stays yours.
mail-swap-approval-taker = You agreed to stand it. A manager has yet to approve.
mail-swap-taken = { $other } has it: { $team }, { $role }
mail-swap-taken-lead = { $other } stands this shift. Your calendar follows.
mail-swap-taken-taker = Yours now: { $team }, { $role }
mail-swap-taken-taker-lead = You stand this shift now. Your calendar follows.
mail-swap-withdrawn = Yours after all: { $team }, { $role }
mail-swap-withdrawn-lead = Cover is no longer asked for. The shift is yours.
mail-swap-expired = Nobody took it: { $team }, { $role }
mail-swap-expired-lead = The shift has ended, and nobody agreed to take it over.
mail-swap-void = No longer to be covered: { $team }, { $role }
mail-swap-void-lead = The roster has changed: this shift is not to be covered any more.
mail-somebody = Somebody

mail-manager-approval = Please approve: { $team }, { $role }
mail-manager-approval-lead = Somebody agreed to stand the shift of { $requester }. Approve or refuse it.
mail-manager-deadline = No cover yet: { $team }, { $role }
mail-manager-deadline-lead = { $requester } asks for cover, and nobody has agreed in time. Until somebody does, { $requester } stays responsible.
mail-manager-uncovered = It has begun without cover: { $team }, { $role }
mail-manager-uncovered-lead = { $requester } asked for cover, and the shift has begun without anybody agreeing. { $requester } is still responsible.
mail-manager-silent = Nobody answers: { $team }, { $role }
mail-manager-silent-lead = { $requester } has asked for cover for more than a day, and nobody has agreed. Until somebody does, { $requester } stays responsible.
mail-board = Open the board

mail-gap-title = Nobody holds it: { $team }, { $role }
mail-gap-lead = { $was } held this shift and no longer can. Nobody holds it now.

mail-collision-own = You can't, but it is yours: { $team }, { $role }
mail-collision-own-lead = Your availability says no to a shift of yours. It stays yours until somebody agrees to take it over.
mail-collision-title = { $name } can't: { $team }, { $role }
mail-collision-lead = What { $name } said about their availability says no to a shift of theirs. Nobody has asked for cover yet.
mail-collision-no = Unavailable: { $when }

mail-month-title = { $team }: when can't you in { $month }?
mail-month-lead = { $month } is about to be planned. Say when you can't, then confirm the month: that says that the rest may be planned.
mail-month-open = Open the month

mail-unanswered-title = { $n ->
    [one] { $team }: have you seen your shift?
   *[other] { $team }: have you seen your { $n } shifts?
}
mail-unanswered-lead = You have not said yet that you have seen them. Open each, or accept it in your calendar app.
mail-unanswered-open = Open it

mail-soon-title = Soon: { $team }, { $role }, { $when }
mail-soon-lead = Your next shift begins within a day.
mail-soon-cover = Can't make it? Ask for cover: { $url }
mail-soon-open = Open the shift
mail-unheld-lead = The shift is near and nobody holds it.
mail-lapses-title = { $what } ends: { $until }
mail-lapses-lead = You need { $what } for a role of { $team }. After that you can't be given shifts of it.
mail-lapses-open = Renew it

mail-comment-title = { $name } says something to your request: { $team }, { $role }
mail-qualification-title = { $name } asks for { $what }
mail-qualification-lead = { $name } needs { $what } for a role of { $team } and asks you for it.
mail-qualification-how = How it is obtained: { $how }
mail-qualification-open = Grant it

mail-bounce-title = Mail to { $name } comes back
mail-bounce-lead = Mail to { $name } at { $address } can't be delivered: they hear nothing of shifts and offers by mail. This is what the other side says:

mail-meeting-request = Invitation: { $title }
mail-meeting-request-lead = { $name } invites you.
mail-meeting-cancel = Called off: { $title }
mail-meeting-cancel-lead = { $name } called it off, or took you off the list.
mail-meeting-accepted = Accepted: { $title }
mail-meeting-accepted-lead = { $name } accepts.
mail-meeting-declined = Declined: { $title }
mail-meeting-declined-lead = { $name } declines.
mail-meeting-tentative = Perhaps: { $title }
mail-meeting-tentative-lead = { $name } may come.
mail-meeting-counter = Another time? { $title }
mail-meeting-counter-lead = { $name } proposes something else; see the calendar part.
mail-meeting-declinecounter = Not at another time: { $title }
mail-meeting-declinecounter-lead = { $name } leaves it as it was.
mail-meeting-other = About: { $title }
mail-meeting-other-lead = { $name } sends a message about this; see the calendar part.
mail-meeting-place = Where: { $place }
mail-untitled = (no title)
