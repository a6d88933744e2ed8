//! How many connections are open, in all and from each address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// Counts open connections.
#[derive(Default)]
pub struct Connections(Mutex<Counts>);

#[derive(Default)]
struct Counts {
    all: usize,
    of: HashMap<IpAddr, usize>,
}

/// One open connection; dropping it makes room.
pub struct Place {
    connections: Arc<Connections>,
    address: IpAddr,
}

impl Connections {
    /// How many are open.
    pub fn open(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).all
    }

    /// Makes room for one more, unless that would be more than `most`, or more than `most_of_one` from its address.
    pub fn place(self: &Arc<Self>, address: IpAddr, most: usize, most_of_one: usize) -> Option<Place> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.all >= most || counts.of.get(&address).is_some_and(|open| *open >= most_of_one) {
            return None;
        }
        counts.all += 1;
        *counts.of.entry(address).or_default() += 1;
        Some(Place { connections: Arc::clone(self), address })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.connections.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.all = counts.all.saturating_sub(1);
        if let Some(open) = counts.of.get_mut(&self.address) {
            *open = open.saturating_sub(1);
            if *open == 0 {
                counts.of.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_connection_makes_room_for_another() {
        let connections = Arc::new(Connections::default());
        let (here, there): (IpAddr, IpAddr) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        let first = connections.place(here, 3, 2);
        let second = connections.place(here, 3, 2);
        assert!(connections.place(here, 3, 2).is_none(), "too many of one address");
        let third = connections.place(there, 3, 2);
        assert!(connections.place(there, 3, 2).is_none(), "too many in all");
        drop((first, second, third));
        assert!(connections.place(here, 1, 1).is_some());
        assert!(connections.0.lock().unwrap().of.is_empty());
    }
}
