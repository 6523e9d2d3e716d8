//! Where answers go: tables and sentences for people, or JSON for machines, on standard output.

use std::fmt::Display;
use std::io::{self, Write};

use comfy_table::Table;
use serde_json::Value;

use crate::text;

/// Width where that of the terminal is not known, and of running text in a wide terminal, columns.
const WIDTH_DEFAULT: u16 = 100;

/// Standard output, or whatever stands in its place.
pub struct Out {
    json: bool,
    /// Of the terminal, columns.
    width: u16,
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
        // A table on a terminal knows the terminal's width.
        let width = Table::new().width().unwrap_or(WIDTH_DEFAULT);
        Self {
            json,
            width,
            writer: Box::new(io::stdout()),
        }
    }

    /// Another writer, of the usual width.
    pub fn to(writer: Box<dyn Write + Send>, json: bool) -> Self {
        Self {
            json,
            width: WIDTH_DEFAULT,
            writer,
        }
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

    /// A paragraph for people, broken between words; each line begins with `indent`.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn prose(&mut self, text: &str, indent: &str) -> io::Result<()> {
        let paragraph = text::wrap(text, self.text_width(), indent);
        self.say(paragraph)
    }

    /// A heading across the page, after an empty line.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn heading(&mut self, text: &str) -> io::Result<()> {
        let heading = text::heading(text, self.text_width());
        self.say("")?;
        self.say(heading)
    }

    fn text_width(&self) -> usize {
        self.width.min(WIDTH_DEFAULT).into()
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
        table.set_width(self.width);
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

    /// A document in a form of its own, as it is, whoever reads.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn verbatim(&mut self, text: impl Display) -> io::Result<()> {
        writeln!(self.writer, "{text}")
    }

    /// Hands on what is held back.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}
