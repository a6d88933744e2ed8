//! What time does: further colleagues are asked, shifts with an open request start and end, cancelled offers go after a
//! day, old tombstones are swept.

use crate::service::{Service, ServiceError};

#[allow(clippy::unused_async)]
impl Service {
    /// Does whatever is due now. Only one of several processes does it at a time, by a lease.
    pub async fn advance(&self) -> Result<(), ServiceError> {
        unimplemented!()
    }
}
