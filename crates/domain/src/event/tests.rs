use std::collections::BTreeSet;

use super::*;
use crate::act::ActKind;

#[test]
fn every_kind_of_act_has_one_kind_of_first_event() {
    let kinds: Vec<_> = EventKind::ALL
        .iter()
        .filter_map(|kind| kind.act_kind())
        .collect();
    let distinct: BTreeSet<_> = kinds.iter().copied().collect();
    assert_eq!(kinds.len(), distinct.len());
    assert_eq!(distinct, ActKind::ALL.iter().copied().collect());
}
