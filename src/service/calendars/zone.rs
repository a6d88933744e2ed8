//! The zone in which a home's days and floating times are meant.

use crate::ids::PersonId;
use crate::service::{Service, ServiceError};
use crate::store::people;
use crate::time::Zone;

impl Service {
    /// The zone of whoever has this home.
    pub async fn zone_of(&self, home: &PersonId) -> Result<Zone, ServiceError> {
        let home = home.clone();
        let missing = ServiceError::NotFound(format!("person {home}"));
        let found = self.store.read_few(move |tx| Ok::<_, ServiceError>(people::find(tx, &home)?)).await?;
        found.map(|person| person.zone).ok_or(missing)
    }
}
