//! The instance itself: whether its store takes writes, and under which address it was last served.

use super::{Service, ServiceError};
use crate::store::{Store, instance};

impl Service {
    /// Writes one row and waits until it is on disk.
    pub async fn probe(&self) -> Result<(), ServiceError> {
        let now = self.clock.now().to_string();
        self.store.write(move |tx| Ok::<_, ServiceError>(instance::set(tx, "probed", &now)?)).await
    }

    /// Leaves the address under which this instance is served, so that commands beside the server make the same links.
    pub async fn announce(&self) -> Result<(), ServiceError> {
        let url = self.host.public_url.clone();
        self.store.write(move |tx| Ok::<_, ServiceError>(instance::set(tx, "public_url", &url)?)).await
    }

    /// Where people and calendar apps reach this instance, without a trailing slash.
    #[must_use]
    pub fn public_url(&self) -> &str {
        &self.host.public_url
    }

    /// The address under which the instance in this store was last served.
    pub async fn announced(store: &Store) -> Result<Option<String>, ServiceError> {
        store.read(|tx| Ok::<_, ServiceError>(instance::find(tx, "public_url")?)).await
    }

    /// Signs links with a key of the owner's instead of the one that was drawn.
    #[must_use]
    pub fn signing_with(mut self, link_key: [u8; 32]) -> Self {
        std::sync::Arc::make_mut(&mut self.host).link_key = link_key;
        self
    }
}
