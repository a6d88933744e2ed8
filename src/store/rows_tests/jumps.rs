//! What a clock that ran ahead leaves in rows.

use super::*;

#[test]
fn tokens_from_before_what_was_swept_stay_refused_whatever_the_clock_did() {
    seeded(|tx| {
        let calendar = calendar(tx)?;
        for name in ["early", "late"] {
            objects::put(tx, &calendar, object(name, hours(0, 1)), NOW)?;
        }
        // The first is deleted under a clock that ran years ahead, the second under the right one.
        objects::delete(tx, &calendar, "early", at(100_000))?;
        objects::delete(tx, &calendar, "late", at(1))?;
        let swept = |tx: &mut dyn Connection, before: Instant| {
            objects::sweep_tombstones(tx, before)?;
            collections::swept(tx, &calendar)
        };
        assert_eq!(swept(tx, at(2))?, 4);
        assert_eq!(swept(tx, at(100_001))?, 4, "a client at 3 has not heard that the late one went");
        assert!(objects::tombstones_since(tx, &calendar, Changes::since(0), 9)?.is_empty());
        Ok(())
    });
}
