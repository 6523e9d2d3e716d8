//! Tests of the command line. What goes over the network is tested in `tests/it`.

mod access;
mod args;
mod certificate;
mod conditions;
mod demo;
mod disclosures;
mod erasures;
mod establish;
mod follow;
mod intake;
mod json;
mod law;
mod purpose;
mod refused;
mod render;
mod rotation;
mod sign;
mod statistics;
mod text;
mod when;
mod witness;

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use crate::out::Out;

/// Holds a text against its golden in `snapshots/cli`.
fn golden(name: &str, text: &str) {
    insta::with_settings!({
        snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/../../snapshots/cli"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!(name, text);
    });
}

/// An output that can be read afterwards.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Paper {
    fn out(&self, json: bool) -> Out {
        Out::to(Box::new(self.clone()), json)
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
