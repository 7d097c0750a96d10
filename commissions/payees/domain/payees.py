"""Whom the money goes to: the record of a payee, its checks, and how little of it is ever shown."""

import re
from dataclasses import dataclass, field
from datetime import date
from unicodedata import normalize

BANK, ALIPAY, WECHAT = "bank", "alipay", "wechat"
RESIDENT, OTHER = "cn_id", "other"
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"
ACCOUNTS = {
    BANK: re.compile(r"[0-9A-Z]{6,34}"),
    ALIPAY: re.compile(r"[^\s]{5,100}"),
    WECHAT: re.compile(r"[0-9A-Za-z_-]{5,64}"),
}
LONGEST_NAME, LONGEST_BANK = 80, 80


@dataclass(frozen=True, slots=True)
class FullPayee:
    """A whole record, in clear text. Its fields are left out of the repr, so that no log and no error contains them."""

    name: str = field(repr=False)
    id_number: str = field(repr=False)
    account: str = field(repr=False)
    method: str = BANK
    bank: str = ""
    id_type: str = RESIDENT


@dataclass(frozen=True, slots=True)
class PayeeShown:
    """The part of a payee that finance sees every day."""

    name: str = field(repr=False)
    account_last4: str
    method: str


def is_resident_id(text: str) -> bool:
    """Whether a text is a resident identity number: 17 digits with a real birthday in them, and the check character of
    GB 11643 (ISO 7064, MOD 11-2)."""
    if not re.fullmatch(r"[1-9][0-9]{16}[0-9X]", text):
        return False
    try:
        born = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    return born.year >= 1800 and check_character(text[:17]) == text[17]


def check_character(digits: str) -> str:
    """The eighteenth character of a resident identity number, from the seventeen before it."""
    return CHECKS[sum(weight * int(digit) for weight, digit in zip(WEIGHTS, digits, strict=True)) % 11]


def tidy(payee: FullPayee) -> FullPayee:
    """The same payee in normal form: a number typed with blanks, in full-width digits or with a small x is still the
    same number, and the same person."""
    account = re.sub(r"\s", "", normalize("NFKC", payee.account))
    return FullPayee(
        name=" ".join(normalize("NFKC", payee.name).split()),
        id_number=re.sub(r"[\s-]", "", normalize("NFKC", payee.id_number)).upper(),
        account=account.replace("-", "").upper() if payee.method == BANK else account,
        method=payee.method,
        bank=" ".join(payee.bank.split()) if payee.method == BANK else "",
        id_type=payee.id_type,
    )


def fault_of(payee: FullPayee) -> tuple[str, str] | None:
    """The first fault of a payee in normal form, as (field, kind of fault); None when there is none."""
    checks = [
        ("name", "not_a_name", 1 <= len(payee.name) <= LONGEST_NAME and payee.name.isprintable()),
        ("id_type", "unknown", payee.id_type in {RESIDENT, OTHER}),
        ("method", "unknown", payee.method in ACCOUNTS),
        ("bank", "not_a_name", len(payee.bank) <= LONGEST_BANK and (not payee.bank or payee.bank.isprintable())),
    ]
    fault = next(((field, kind) for field, kind, holds in checks if not holds), None)
    return fault or _fault_of_id(payee) or _fault_of_account(payee)


def _fault_of_id(payee: FullPayee) -> tuple[str, str] | None:
    if payee.id_type == RESIDENT:
        return None if is_resident_id(payee.id_number) else ("id_number", "not_a_resident_id")
    return None if re.fullmatch(r"[0-9A-Z]{5,20}", payee.id_number) else ("id_number", "not_a_document")


def _fault_of_account(payee: FullPayee) -> tuple[str, str] | None:
    is_valid = ACCOUNTS[payee.method].fullmatch(payee.account) and payee.account.isprintable()
    return None if is_valid else ("account", f"not_an_account_{payee.method}")


def tail(text: str) -> str:
    """The end of a number by which its owner recognises it: four characters, and never more than half of it."""
    return text[-min(4, len(text) // 2) :] if len(text) > 1 else ""


def masked(name: str) -> str:
    """A name of which only the last character is shown: 张小明 → **明."""
    return "*" * (len(name) - 1) + name[-1] if len(name) > 1 else "*"
