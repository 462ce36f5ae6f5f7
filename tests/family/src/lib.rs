//! Synthetic checkpoint families with known ancestry.
