//! Stored bytes of each value. Where one of these changes, [`VIEW_VERSION`](crate::VIEW_VERSION) must rise.

use super::{
    ActRow, AnswerRow, GovernanceRow, HistoryRow, HistoryView, MarkRow, Posting, Value, decode,
    encode,
};
use crate::store::Table;

fn check<T: Value + PartialEq + std::fmt::Debug>(value: &T, expected: &str) {
    let bytes = encode(value);
    assert_eq!(bytes, from_hex(expected));
    assert_eq!(decode::<T>(Table::Meta, &bytes).unwrap(), *value);
    for length in 0..bytes.len() {
        assert!(decode::<T>(Table::Meta, &bytes[..length]).is_err());
    }
    let longer = [bytes.as_slice(), &[0]].concat();
    assert!(decode::<T>(Table::Meta, &longer).is_err());
}

fn from_hex(text: &str) -> Vec<u8> {
    let digit = |byte| char::from(byte).to_digit(16).unwrap();
    let bytes = text.as_bytes().chunks(2);
    bytes
        .map(|pair| u8::try_from(digit(pair[0]) << 4 | digit(pair[1])).unwrap())
        .collect()
}

#[test]
fn values_keep_their_bytes() {
    assert_eq!(crate::VIEW_VERSION, 7);
    check(
        &HistoryRow {
            recorded_at: 1_767_225_600_000_000,
            act_id: [1; 16],
            part: 2,
            sealed: vec![3; 4],
            postings: vec![
                Posting::Name([5; 16]),
                Posting::Document([6; 16]),
                Posting::Dispute,
                Posting::Claimant([7; 16]),
                Posting::Clock([8; 16]),
            ],
        },
        "fd0080408c908e0c0001010101010101010101010101010101020403030303050005050505050505\
         0505050505050505050106060606060606060606060606060606\
         02\
         0307070707070707070707070707070707\
         0708080808080808080808080808080808",
    );
    check(
        &ActRow {
            position: 300,
            recorded_at: -1,
            commitment: Some([7; 32]),
            ordinals: vec![0, 250, 251],
        },
        "fb2c01010107070707070707070707070707070707070707070707070707070707070707070300fa\
         fbfb00",
    );
    check(
        &GovernanceRow {
            recorded_at: 1,
            act_id: [1; 16],
            part: 0,
            payload: vec![9],
        },
        "0201010101010101010101010101010101000109",
    );
    check(
        &AnswerRow {
            recorded_at: 1,
            act_id: [1; 16],
            subject: 5,
            sealed: vec![],
            compartment: true,
        },
        "0201010101010101010101010101010101050001",
    );
    check(
        &MarkRow {
            size: 1,
            link: [8; 32],
            highest_ordinal: 2,
            highest_claim: 3,
        },
        "0108080808080808080808080808080808080808080808080808080808080808080203",
    );
}

#[test]
fn a_row_of_a_life_is_read_in_place() {
    let row = HistoryRow {
        recorded_at: -7,
        act_id: [1; 16],
        part: 2,
        sealed: vec![3; 300],
        postings: vec![Posting::Dispute],
    };
    let bytes = encode(&row);
    let view = HistoryView::of(Table::History, &bytes).unwrap();
    let read = (view.recorded_at, view.act_id, view.part, view.sealed);
    let kept = (row.recorded_at, row.act_id, row.part, row.sealed.as_slice());
    assert_eq!(read, kept);
    for length in 0..bytes.len() {
        assert!(HistoryView::of(Table::History, &bytes[..length]).is_err());
    }
    let longer = [bytes.as_slice(), &[0]].concat();
    assert!(HistoryView::of(Table::History, &longer).is_err());
}
