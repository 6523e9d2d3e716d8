//! Tests of the checkpoint path.
