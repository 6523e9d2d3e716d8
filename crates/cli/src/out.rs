//! Where answers go: tables and sentences for people, or JSON for machines, on standard output.

use std::fmt::Display;
use std::io::{self, Write};

use comfy_table::Table;
use serde_json::Value;

/// Width of tables where the terminal's width is not known, columns: that of running text.
const WIDTH_DEFAULT: u16 = 100;

/// Standard output, or whatever stands in its place.
pub struct Out {
    json: bool,
    writer: Box<dyn Write + Send>,
}

impl std::fmt::Debug for Out {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Out")
            .field("json", &self.json)
            .finish_non_exhaustive()
    }
}

impl Out {
    /// Standard output; with `json`, tables and sentences are left out.
    pub fn stdout(json: bool) -> Self {
        Self::to(Box::new(io::stdout()), json)
    }

    /// Another writer.
    pub fn to(writer: Box<dyn Write + Send>, json: bool) -> Self {
        Self { json, writer }
    }

    /// True if machines read.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// A line for people.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn say(&mut self, line: impl Display) -> io::Result<()> {
        if self.json {
            return Ok(());
        }
        writeln!(self.writer, "{line}")
    }

    /// A table for people; says `empty` in its place if it has no rows.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn table(&mut self, mut table: Table, empty: &str) -> io::Result<()> {
        if self.json {
            return Ok(());
        }
        if table.is_empty() {
            return writeln!(self.writer, "{empty}");
        }
        if table.width().is_none() {
            table.set_width(WIDTH_DEFAULT);
        }
        // Padding up to the frame is of no use without a frame on the right.
        writeln!(self.writer, "{}", table.trim_fmt())
    }

    /// One JSON value on one line, for machines.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn json(&mut self, value: &Value) -> io::Result<()> {
        if !self.json {
            return Ok(());
        }
        writeln!(self.writer, "{value}")
    }

    /// Hands on what is held back.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}
