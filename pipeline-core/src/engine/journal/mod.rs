//! Journal: what happened, told to listeners and written to the registry.

pub(crate) mod event;
