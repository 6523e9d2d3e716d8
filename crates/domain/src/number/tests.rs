use proptest::prelude::*;

use super::*;

#[test]
fn damm_known_answer() {
    // The worked example of the method: 572 has check digit 4.
    assert_eq!(damm(PERSON_START, digits_of(572)), 4);
    assert_eq!(damm(PERSON_START, digits_of(5724)), 0);
}

#[test]
fn serial_bounds() {
    for serial in [SERIAL_MIN, SERIAL_MAX] {
        let number = PersonNumber::from_serial(serial).unwrap();
        assert_eq!(number.serial(), serial);
        assert_eq!(number.to_string().len(), 12);
    }
    for serial in [0, SERIAL_MIN - 1, SERIAL_MAX + 1, u64::MAX] {
        assert_eq!(PersonNumber::from_serial(serial), Err(NumberError::Serial));
        assert_eq!(HouseholdCode::from_serial(serial), Err(NumberError::Serial));
    }
}

#[test]
fn reads_persian_and_arabic_digits_and_separators() {
    let number = PersonNumber::from_serial(12_345_678_901).unwrap();
    let plain = number.to_string();
    let persian: String = plain
        .chars()
        .map(|c| char::from_u32(u32::from(c) - u32::from('0') + 0x6f0).unwrap())
        .collect();
    let arabic: String = plain
        .chars()
        .map(|c| char::from_u32(u32::from(c) - u32::from('0') + 0x660).unwrap())
        .collect();
    let spaced = format!(" {}-{} {}\u{200f}", &plain[..4], &plain[4..8], &plain[8..]);
    for text in [plain, persian, arabic, spaced] {
        assert_eq!(text.parse(), Ok(number));
    }
}

#[test]
fn refuses_malformed_text() {
    let check = |text: &str, expected: NumberError| {
        assert_eq!(text.parse::<PersonNumber>(), Err(expected));
    };
    check(
        "",
        NumberError::Length {
            expected: 12,
            found: 0,
        },
    );
    check(
        "12345",
        NumberError::Length {
            expected: 12,
            found: 5,
        },
    );
    check(
        "1234567890123",
        NumberError::Length {
            expected: 12,
            found: 13,
        },
    );
    check("12345678901x", NumberError::Character { index: 11 });
    check("012345678901", NumberError::LeadingZero);
    check(
        &"1".repeat(1000),
        NumberError::Length {
            expected: 12,
            found: 1000,
        },
    );
}

#[test]
fn debug_hides_numbers() {
    let person = PersonNumber::from_serial(12_345_678_901).unwrap();
    let national: IranianNationalNumber = "0013542419".parse().unwrap();
    assert_eq!(format!("{person:?}"), "PersonNumber(redacted)");
    assert_eq!(format!("{national:?}"), "IranianNationalNumber(redacted)");
}

#[test]
fn iranian_national_numbers() {
    // Examples that other implementations of the rule test with.
    for valid in ["0013542419", "0499370899", "0790419904", "0084575948"] {
        assert_eq!(
            valid.parse::<IranianNationalNumber>().unwrap().to_string(),
            valid
        );
    }
    for invalid in ["0013542418", "1111111111", "0000000000"] {
        assert_eq!(
            invalid.parse::<IranianNationalNumber>(),
            Err(NumberError::CheckDigit)
        );
    }
    assert!("013542419".parse::<IranianNationalNumber>().is_err());
}

proptest! {
    #[test]
    fn round_trip(serial in SERIAL_MIN..=SERIAL_MAX) {
        let person = PersonNumber::from_serial(serial).unwrap();
        let household = HouseholdCode::from_serial(serial).unwrap();
        prop_assert_eq!(person.to_string().parse(), Ok(person));
        prop_assert_eq!(household.to_string().parse(), Ok(household));
        prop_assert_eq!(PersonNumber::from_u64(person.to_u64()), Ok(person));
    }

    #[test]
    fn no_number_is_both(serial in SERIAL_MIN..=SERIAL_MAX) {
        let person = PersonNumber::from_serial(serial).unwrap().to_string();
        let household = HouseholdCode::from_serial(serial).unwrap().to_string();
        prop_assert_eq!(person.parse::<HouseholdCode>(), Err(NumberError::CheckDigit));
        prop_assert_eq!(household.parse::<PersonNumber>(), Err(NumberError::CheckDigit));
    }

    #[test]
    fn every_single_error_and_neighbour_swap_is_caught(serial in SERIAL_MIN..=SERIAL_MAX) {
        for text in [
            PersonNumber::from_serial(serial).unwrap().to_string(),
            HouseholdCode::from_serial(serial).unwrap().to_string(),
        ] {
            let accepts = |digits: &[u8]| {
                let text = std::str::from_utf8(digits).unwrap();
                text.parse::<PersonNumber>().is_ok() == text.parse::<HouseholdCode>().is_ok()
            };
            let is_person = text.parse::<PersonNumber>().is_ok();
            let still_valid = |digits: &[u8]| {
                let text = std::str::from_utf8(digits).unwrap();
                if is_person {
                    text.parse::<PersonNumber>().is_ok()
                } else {
                    text.parse::<HouseholdCode>().is_ok()
                }
            };
            prop_assert!(!accepts(text.as_bytes()), "a number is exactly one of the two");
            for place in 0..12 {
                for digit in b'0'..=b'9' {
                    let mut wrong = text.clone().into_bytes();
                    if wrong[place] != digit {
                        wrong[place] = digit;
                        prop_assert!(!still_valid(&wrong));
                    }
                }
            }
            for place in 0..11 {
                let mut swapped = text.clone().into_bytes();
                swapped.swap(place, place + 1);
                if swapped != text.as_bytes() {
                    prop_assert!(!still_valid(&swapped));
                }
            }
        }
    }

    #[test]
    fn national_round_trip(serial in 1_u64..999_999_999) {
        if let Ok(number) = IranianNationalNumber::from_serial(serial) {
            prop_assert_eq!(number.to_string().parse(), Ok(number));
        }
    }
}
