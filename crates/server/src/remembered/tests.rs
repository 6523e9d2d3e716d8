use super::*;

/// Asks for a value; whether it had to be found out.
fn ask(remembered: &Remembered<u32, u32>, key: u32) -> bool {
    let mut asked = false;
    let value = remembered.get(&key, || {
        asked = true;
        Ok::<_, ()>(2 * key)
    });
    assert_eq!(value, Ok(2 * key));
    asked
}

#[test]
fn a_value_is_found_out_once() {
    let remembered = Remembered::at_most(2);
    assert!(ask(&remembered, 1));
    assert!(!ask(&remembered, 1));
    assert!(ask(&remembered, 2));
    assert!(!ask(&remembered, 1));
}

#[test]
fn the_oldest_goes_first() {
    let remembered = Remembered::at_most(3);
    for key in 0..100 {
        assert!(ask(&remembered, key));
        assert!(remembered.len() <= 3);
    }
    for key in 97..100 {
        assert!(!ask(&remembered, key));
    }
    assert!(ask(&remembered, 0));
    assert!(ask(&remembered, 97));
}

#[test]
fn what_cannot_be_found_out_is_asked_for_again() {
    let remembered = Remembered::<u32, u32>::at_most(1);
    assert_eq!(remembered.get(&1, || Err("unknown")), Err("unknown"));
    assert!(ask(&remembered, 1));
}
