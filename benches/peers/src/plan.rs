//! How much is done: in the same shares as `cargo bench --bench registry` does it.

/// Callers at once.
pub const CALLERS: [usize; 4] = [1, 16, 64, 256];

/// How much is done.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Events, single ones and those in bulk.
    pub events: usize,
    /// Questions by many callers.
    pub questions: usize,
}

impl Plan {
    /// Events that so many callers append one by one: equal shares of half of all, but for the lone caller.
    pub fn appended_by(self, callers: usize) -> usize {
        let share = self.events / 8;
        if callers == 1 { share / 2 } else { share }
    }

    /// Events in bulk: the other half.
    pub fn in_bulk(self) -> usize {
        self.events / 2
    }

    /// Events that stand in the end.
    pub fn in_all(self) -> usize {
        let single: usize = CALLERS
            .iter()
            .map(|callers| self.appended_by(*callers))
            .sum();
        single + self.in_bulk()
    }

    /// Questions that so many callers ask.
    pub fn asked_by(self, callers: usize) -> usize {
        if callers == 1 {
            self.questions / 5
        } else {
            self.questions
        }
    }
}
