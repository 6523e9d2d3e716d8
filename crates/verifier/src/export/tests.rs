use super::*;
use crate::tests::support::Registry;

#[test]
fn frames_are_written_in_order_and_whole() {
    let registry = Registry::complete();
    let frames = &registry.events.frames;
    let mut writer = RecordsWriter::new(Vec::new());
    for frame in frames {
        writer.write_frame(&frame.bytes).unwrap();
    }
    assert_eq!(writer.size(), registry.events.state.size());
    assert_eq!(
        writer.bytes(),
        frames
            .iter()
            .map(|frame| frame.bytes.len() as u64)
            .sum::<u64>()
    );
    let expected: Vec<u8> = frames
        .iter()
        .flat_map(|frame| frame.bytes.clone())
        .collect();
    assert_eq!(writer.finish().unwrap(), expected);
}

#[test]
fn what_no_verifier_would_read_is_refused() {
    let registry = Registry::complete();
    let [first, second] = [
        &registry.events.frames[0].bytes,
        &registry.events.frames[1].bytes,
    ];
    let mut writer = RecordsWriter::new(Vec::new());
    let refused = writer.write_frame(second);
    assert!(matches!(refused, Err(ExportError::Position { .. })));
    let refused = writer.write_frame(&[first.as_slice(), second].concat());
    assert!(matches!(refused, Err(ExportError::TrailingBytes { .. })));
    let mut damaged = first.clone();
    damaged[80] ^= 1;
    assert!(matches!(
        writer.write_frame(&damaged),
        Err(ExportError::Frame(_))
    ));
    assert_eq!(writer.size(), Size::EMPTY);
    writer.write_frame(first).unwrap();
    writer.write_frame(second).unwrap();
}
