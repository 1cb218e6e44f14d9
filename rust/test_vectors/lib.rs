//! Nothing: this crate exists for its Cargo.lock entry. See Cargo.toml.
