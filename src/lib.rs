//! weightkin: how close are model checkpoints?
