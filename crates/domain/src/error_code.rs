//! The API error codes of the manual (lines 5758 to 5897): what a caller did wrong, by number.
//!
//! Invariant: the message of a code is the manual's text, to the letter. Whether an error is told
//! with status 400 or 404 is not decided here.

use std::sync::LazyLock;

use crate::tables::rows;

/// One row of the manual's table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorRow {
    /// The number on the wire.
    pub code: ErrorCode,
    /// The message on the wire, verbatim.
    pub message: &'static str,
    /// The manual's explanation, for pages and documentation; never sent by the API.
    pub description: &'static str,
}

/// The whole table in the manual's order: 140 rows, 139 codes (190 stands twice).
pub static TABLE: LazyLock<Vec<ErrorRow>> = LazyLock::new(|| {
    rows::<3>(include_str!("../data/error-codes.tsv"))
        .filter_map(|[code, message, description]| {
            Some(ErrorRow {
                code: ErrorCode(code.parse().ok()?),
                message,
                description,
            })
        })
        .collect()
});

/// An API error code. The constants name the codes in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ErrorCode(u16);

impl ErrorCode {
    /// The number on the wire.
    #[must_use]
    pub const fn number(self) -> u16 {
        self.0
    }

    /// The manual's message; for codes of ours (9000 and above) our own.
    #[must_use]
    pub fn message(self) -> &'static str {
        if let Some((_, message)) = OWN.iter().find(|(code, _)| *code == self) {
            return message;
        }
        let found = TABLE.binary_search_by_key(&self, |row| row.code).ok();
        found
            .and_then(|at| TABLE.get(at))
            .map_or("", |row| row.message)
    }
}

/// Codes that the manual does not know, for what it does not know, with their messages (decision
/// D07).
pub const OWN: [(ErrorCode, &str); 6] = [
    (
        ErrorCode::IDEMPOTENCY_OTHER_REQUEST,
        "Idempotency-Key was used with another request",
    ),
    (
        ErrorCode::IDEMPOTENCY_RUNNING,
        "The request with this Idempotency-Key is still running",
    ),
    (
        ErrorCode::IDEMPOTENCY_KEY_LENGTH,
        "Idempotency-Key length exceeded",
    ),
    (
        ErrorCode::TOO_MANY_REQUESTS,
        "Too many requests for this MerchantId",
    ),
    (ErrorCode::SANDBOX_VALUE, "Value missing or not accepted"),
    (ErrorCode::PAYMENT_DECIDED, "The payment is decided"),
];

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $number:literal;)*) => {
        impl ErrorCode {
            $($(#[$doc])* pub const $name: Self = Self($number);)*
        }
    };
}

codes! {
    /// A field without a code of its own is longer than allowed.
    FIELD_SIZE = 0;
    /// Header MerchantId missing.
    MERCHANT_ID_REQUIRED = 101;
    /// Payment.Type missing or unknown.
    TYPE_REQUIRED = 102;
    /// Payment.Type holds something other than letters.
    TYPE_LETTERS = 103;
    /// Identity missing where a bank requires it, or sent empty with a slip.
    CUSTOMER_IDENTITY_REQUIRED = 104;
    /// Customer name missing where it is required, or sent empty.
    CUSTOMER_NAME_REQUIRED = 105;
    /// MerchantOrderId too long or with characters that are not allowed.
    ORDER_INVALID = 107;
    /// Amount not above zero.
    AMOUNT = 108;
    /// Currency sent empty.
    CURRENCY_REQUIRED = 109;
    /// Currency is not three letters.
    CURRENCY_INVALID = 110;
    /// Country sent empty.
    COUNTRY_REQUIRED = 111;
    /// Country unknown.
    COUNTRY_INVALID = 112;
    /// Header MerchantId is no GUID.
    MERCHANT_ID_FORMAT = 114;
    /// No such merchant in this environment.
    MERCHANT_NOT_FOUND = 115;
    /// The merchant is blocked.
    MERCHANT_BLOCKED = 116;
    /// Holder missing where required, or sent empty.
    HOLDER_REQUIRED = 117;
    /// Payment node missing.
    PAYMENT_REQUIRED = 119;
    /// The caller's address is not on the merchant's list.
    IP_NOT_ALLOWED = 120;
    /// Customer node missing.
    CUSTOMER_REQUIRED = 121;
    /// MerchantOrderId missing.
    ORDER_REQUIRED = 122;
    /// Installments below one.
    INSTALLMENTS = 123;
    /// CreditCard node missing.
    CREDIT_CARD_REQUIRED = 124;
    /// ExpirationDate missing.
    EXPIRATION_REQUIRED = 125;
    /// ExpirationDate is not MM/YYYY, or past where that matters.
    EXPIRATION_INVALID = 126;
    /// Card number missing in a sale.
    CARD_NUMBER_MISSING = 127;
    /// Card number longer than 19 digits.
    CARD_NUMBER_LENGTH = 128;
    /// The provider is known but not linked to the merchant.
    AFFILIATION_NOT_FOUND = 129;
    /// The stored card could not be read (unknown token in the live dialect).
    CARD_NOT_FOUND = 130;
    /// Header MerchantKey missing.
    MERCHANT_KEY_REQUIRED = 131;
    /// Header MerchantKey wrong.
    MERCHANT_KEY_INVALID = 132;
    /// The provider does not serve this payment type.
    PROVIDER = 133;
    /// FingerPrintId too long.
    FINGER_PRINT_LENGTH = 134;
    /// Value of a shop's own field too long.
    DEFINED_FIELD_LENGTH = 135;
    /// Name of an item too long.
    ITEM_NAME_LENGTH = 136;
    /// Sku of an item too long.
    ITEM_SKU_LENGTH = 137;
    /// Name of a passenger too long.
    PASSENGER_NAME_LENGTH = 138;
    /// Status of a passenger too long.
    PASSENGER_STATUS_LENGTH = 139;
    /// Email of a passenger too long.
    PASSENGER_EMAIL_LENGTH = 140;
    /// Phone of a passenger too long.
    PASSENGER_PHONE_LENGTH = 141;
    /// Route of a journey too long.
    ROUTE_LENGTH = 142;
    /// JourneyType too long.
    JOURNEY_TYPE_LENGTH = 143;
    /// Destination of a leg too long.
    LEG_DESTINATION_LENGTH = 144;
    /// Origin of a leg too long.
    LEG_ORIGIN_LENGTH = 145;
    /// SecurityCode other than three or four digits.
    SECURITY_CODE_LENGTH = 146;
    /// Street too long.
    STREET_LENGTH = 147;
    /// Number too long.
    NUMBER_LENGTH = 148;
    /// Complement too long.
    COMPLEMENT_LENGTH = 149;
    /// ZipCode too long.
    ZIP_CODE_LENGTH = 150;
    /// City too long.
    CITY_LENGTH = 151;
    /// State too long.
    STATE_LENGTH = 152;
    /// Country of an address too long.
    ADDRESS_COUNTRY_LENGTH = 153;
    /// District too long.
    DISTRICT_LENGTH = 154;
    /// Customer name too long.
    CUSTOMER_NAME_LENGTH = 155;
    /// Identity too long.
    IDENTITY_LENGTH = 156;
    /// IdentityType too long.
    IDENTITY_TYPE_LENGTH = 157;
    /// Email too long.
    EMAIL_LENGTH = 158;
    /// Name of an extra datum too long.
    EXTRA_DATA_NAME_LENGTH = 159;
    /// Value of an extra datum too long.
    EXTRA_DATA_VALUE_LENGTH = 160;
    /// Instructions of a slip too long.
    INSTRUCTIONS_LENGTH = 161;
    /// Demonstrative of a slip too long.
    DEMONSTRATIVE_LENGTH = 162;
    /// A recurrence without AuthorizeNow.
    AUTHORIZE_NOW_REQUIRED = 166;
    /// Fraud analysis asked for and not configured.
    ANTIFRAUD_OFF = 167;
    /// A sale names a recurrence that is none.
    RECURRENCE_UNKNOWN = 168;
    /// The recurrence is not active.
    RECURRENCE_INACTIVE = 169;
    /// Card tokens are off for the merchant.
    PROTECTED_CARD_OFF = 170;
    /// The payment method is off for the merchant.
    METHOD_OFF = 173;
    /// Card number missing in POST /1/card.
    TOKEN_NUMBER_REQUIRED = 174;
    /// Currency other than BRL.
    CURRENCY_NOT_SUPPORTED = 176;
    /// Card number invalid in POST /1/card.
    TOKEN_NUMBER_INVALID = 177;
    /// Instalments with a scheduled recurrence.
    RECURRENT_INSTALLMENTS = 179;
    /// Unknown card token.
    TOKEN_NOT_FOUND = 180;
    /// Brand missing.
    BRAND_REQUIRED = 182;
    /// Birth date unreadable or in the future.
    BIRTHDATE = 183;
    /// The body is empty, no JSON, or a member has the wrong kind of value.
    REQUEST_FORMAT = 184;
    /// Brand unknown.
    BRAND_NOT_SUPPORTED = 185;
    /// Options that the provider does not support.
    OPTIONS_NOT_SUPPORTED = 186;
    /// Two extra data of one name.
    EXTRA_DATA_DUPLICATE = 187;
    /// Street missing where a slip needs it.
    STREET_REQUIRED = 197;
    /// House number missing where a slip needs it.
    NUMBER_REQUIRED = 198;
    /// Postal code missing where a slip needs it.
    ZIP_CODE_REQUIRED = 199;
    /// City missing where a slip needs it.
    CITY_REQUIRED = 200;
    /// State missing where a slip needs it.
    STATE_REQUIRED = 201;
    /// District missing where a slip needs it.
    DISTRICT_REQUIRED = 202;
    /// The merchant's boleto credential is not whole.
    BOLETO_AGENCY = 215;
    /// Name of an item missing.
    ITEM_NAME_REQUIRED = 203;
    /// Quantity of an item missing.
    ITEM_QUANTITY_REQUIRED = 204;
    /// Type of an item missing.
    ITEM_TYPE_REQUIRED = 205;
    /// Addressee of the delivery too long.
    ADDRESSEE_LENGTH = 209;
    /// A delivery that says nothing.
    SHIPPING_REQUIRED = 210;
    /// The wallet is not configured.
    WALLET_OFF = 212;
    /// Card number invalid in a sale.
    CARD_NUMBER_INVALID = 213;
    /// Holder with something other than letters.
    HOLDER_LETTERS = 214;
    /// The buyer's IP address is too long to be one.
    CUSTOMER_IP = 216;
    /// The order number was used before and the merchant refuses that.
    ORDER_DUPLICATED = 302;
    /// Unknown payment.
    PAYMENT_NOT_FOUND = 307;
    /// Not capturable.
    NOT_CAPTURABLE = 308;
    /// Not voidable.
    NOT_VOIDABLE = 309;
    /// The payment method knows no such operation.
    OPERATION_UNSUPPORTED = 310;
    /// Refunds are off for the merchant.
    REFUND_OFF = 311;
    /// Too old to be refunded.
    NOT_REFUNDABLE = 312;
    /// Unknown recurrence.
    RECURRENCE_NOT_FOUND = 313;
    /// A new date for a recurrence while attempts at a charge are under way.
    RECURRENCE_PENDING = 315;
    /// A new date for a recurrence before today.
    RECURRENCE_PAST_DATE = 316;
    /// A day outside of 1 to 31.
    RECURRENCE_DAY = 317;
    /// No sale of that order.
    ORDER_NOT_FOUND = 318;
    /// ReturnUrl missing where it is needed, or not an address that may be.
    RETURN_URL = 163;
    /// WalletKey or CaptureCode missing, empty or too long.
    WALLET_KEY = 211;
    /// Recurrences are off for the merchant.
    RECURRENCE_OFF = 319;
    /// A new payment for a recurrence where no acquirer is linked.
    RECURRENCE_AFFILIATION = 320;
    /// The end of a recurrence before its next date.
    RECURRENCE_END = 321;
    /// Of ours: an Idempotency-Key met another method, path or body (422).
    IDEMPOTENCY_OTHER_REQUEST = 9001;
    /// Of ours: the first request with this Idempotency-Key has no answer yet (409).
    IDEMPOTENCY_RUNNING = 9002;
    /// Of ours: an Idempotency-Key of more than 255 characters (400).
    IDEMPOTENCY_KEY_LENGTH = 9003;
    /// Of ours: the merchant's rate limit (429).
    TOO_MANY_REQUESTS = 9004;
    /// Of ours, sandbox API: a member is missing or has a value that it does not take (400).
    SANDBOX_VALUE = 9010;
    /// Of ours, sandbox API: the payment waits for no decision any more (400).
    PAYMENT_DECIDED = 9011;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_140_rows_in_numeric_order_and_190_stands_twice() {
        assert_eq!(TABLE.len(), 140);
        assert!(TABLE.is_sorted_by_key(|row| row.code));
        let twice: Vec<u16> = TABLE
            .windows(2)
            .filter(|pair| pair[0].code == pair[1].code)
            .map(|pair| pair[0].code.number())
            .collect();
        assert_eq!(twice, [190]);
        for gap in [164, 165, 305] {
            assert!(TABLE.iter().all(|row| row.code.number() != gap));
        }
    }

    #[test]
    fn messages_are_verbatim_misspellings_included() {
        assert_eq!(
            ErrorCode::ORDER_INVALID.message(),
            "OrderId is invalid or does not exists"
        );
        assert_eq!(
            ErrorCode::PROTECTED_CARD_OFF.message(),
            "Cartão Protegido not configured"
        );
        assert_eq!(
            ErrorCode::OPERATION_UNSUPPORTED.message(),
            "Payment method doest not support this operation"
        );
        assert_eq!(ErrorCode::FIELD_SIZE.message(), "Internal error");
    }
}
