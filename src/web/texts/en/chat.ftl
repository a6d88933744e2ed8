# Lines in chats. Times are on the team's clock.
chat-nobody = nobody
chat-test = This is a test of { $name }.
chat-roster-published = { $team }: the roster from { $from } to { $to } is published, with { $n ->
    [one] one change
   *[other] { $n } changes
}
chat-shift-changed = { $team }: { $n ->
    [one] one shift has changed
   *[other] { $n } shifts have changed
}
chat-change = { $role }, { $when }: { $before } → { $after }
chat-handover = { $team }, { $role }: on call is { $incoming } now, before it was { $outgoing }
chat-swap-opened = { $team }: { $requester } asks for cover as { $role }, { $when }
chat-swap-promised = { $team }: { $taker } would take { $role } from { $requester }, { $when }; a manager has to approve
chat-swap-taken = { $team }: { $taker } has taken { $role } from { $requester }, { $when }
chat-swap-reopened = { $team }: cover for { $requester } is asked for again as { $role }, { $when }
chat-swap-withdrawn = { $team }: { $requester } stands { $role } after all, { $when }
chat-swap-expired = { $team }: nobody took { $role } from { $requester } in time, who stays on call: { $when }
chat-swap-uncovered = { $team }: nobody has taken { $role } from { $requester } yet, and it begins soon: { $when }
chat-swap-void = { $team }: the request of { $requester } has lost its shift: { $role }, { $when }
chat-gap-opened = { $team }: nobody is { $role }, { $when }
chat-gap-filled = { $team }: { $person } is { $role }, { $when }; there is no gap any more
chat-gap-closed = { $team }: the gap as { $role } is over or not asked for any more, { $when }
chat-remind-month = { $team }: { $person } has yet to confirm { $month }
chat-remind-shift = { $team }: { $person } is { $role } soon, { $when }
chat-remind-offer = { $team }: { $person } has a request for cover to look at: { $role }, { $when }
chat-remind-qualification = { $team }: { $qualification } of { $person } ends on { $until }
chat-remind-gap = { $team }: { $person } is reminded of a gap: { $role }, { $when }
