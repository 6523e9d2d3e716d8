use std::borrow::Cow;
use std::fmt::Write as _;

use crate::refusal::FieldViolation;

/// Violations that are collected before reading on only looks for the end: enough for a form, bounded for a flood.
const VIOLATIONS_MAX: usize = 32;

/// One step of a path in a message.
#[derive(Clone, Copy)]
enum Step {
    Field(&'static str),
    Index(usize),
}

/// Where reading stands in a message, and what was found wrong so far.
#[derive(Default)]
pub(super) struct Reader {
    path: Vec<Step>,
    violations: Vec<FieldViolation>,
}

impl Reader {
    /// Reads a field.
    pub(super) fn at<T>(&mut self, field: &'static str, read: impl FnOnce(&mut Self) -> T) -> T {
        self.step(Step::Field(field), read)
    }

    /// Reads an element of a list.
    pub(super) fn at_index<T>(&mut self, index: usize, read: impl FnOnce(&mut Self) -> T) -> T {
        self.step(Step::Index(index), read)
    }

    fn step<T>(&mut self, step: Step, read: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(step);
        let value = read(self);
        self.path.pop();
        value
    }

    /// Records what is wrong with the present field, as a clause: "is missing".
    pub(super) fn reject<T>(&mut self, problem: impl Into<Cow<'static, str>>) -> Option<T> {
        if self.violations.len() < VIOLATIONS_MAX {
            self.violations.push(FieldViolation {
                path: self.rendered_path(),
                problem: problem.into(),
            });
        }
        None
    }

    /// What was found wrong; empty only if everything was read.
    pub(super) fn finish(self) -> Vec<FieldViolation> {
        self.violations
    }

    fn rendered_path(&self) -> String {
        let mut path = String::new();
        for step in &self.path {
            match step {
                Step::Field(name) => {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(name);
                }
                Step::Index(index) => {
                    // Writing to a string does not fail.
                    write!(path, "[{index}]").unwrap_or_default();
                }
            }
        }
        path
    }
}
