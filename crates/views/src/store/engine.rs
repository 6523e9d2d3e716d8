use std::path::Path;
use std::str::FromStr;

use super::{FjallOptions, FjallStore, MemoryStore, Store, StoreError};
#[cfg(feature = "sled")]
use super::{SledOptions, SledStore};

/// Which engine keeps the views; a word of the configuration.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Engine {
    /// [`FjallStore`].
    #[default]
    Fjall,
    /// `SledStore`.
    #[cfg(feature = "sled")]
    Sled,
    /// [`MemoryStore`]: folded again at every start.
    Memory,
}

/// No engine of this build has this name.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("no view engine of this name; this build has {}", Engine::names().join(", "))]
pub struct UnknownEngine;

impl Engine {
    /// Every engine of this build.
    pub const ALL: &'static [Self] = &[
        Self::Fjall,
        #[cfg(feature = "sled")]
        Self::Sled,
        Self::Memory,
    ];

    /// Name in the configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fjall => "fjall",
            #[cfg(feature = "sled")]
            Self::Sled => "sled",
            Self::Memory => "memory",
        }
    }

    /// Opens the store in a directory, creating it if it does not exist. `cache_bytes` is the size of the engine's cache;
    /// `None`: its default.
    ///
    /// # Errors
    /// [`StoreError::Open`].
    pub fn open(self, dir: &Path, cache_bytes: Option<u64>) -> Result<Box<dyn Store>, StoreError> {
        match self {
            Self::Fjall => {
                let mut options = FjallOptions::default();
                options.cache_bytes = cache_bytes.unwrap_or(options.cache_bytes);
                Ok(Box::new(FjallStore::open(dir, options)?))
            }
            #[cfg(feature = "sled")]
            Self::Sled => {
                let mut options = SledOptions::default();
                options.cache_bytes = cache_bytes.unwrap_or(options.cache_bytes);
                Ok(Box::new(SledStore::open(dir, options)?))
            }
            Self::Memory => Ok(Box::new(MemoryStore::new())),
        }
    }

    fn names() -> Vec<&'static str> {
        Self::ALL.iter().map(|engine| engine.name()).collect()
    }
}

impl FromStr for Engine {
    type Err = UnknownEngine;

    fn from_str(name: &str) -> Result<Self, UnknownEngine> {
        let found = Self::ALL.iter().find(|engine| engine.name() == name);
        found.copied().ok_or(UnknownEngine)
    }
}
