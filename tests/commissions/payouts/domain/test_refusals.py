from commissions.payouts.domain.refusals import PayeesUnfit


def test_a_refused_file_says_which_payees_do_not_fit_and_whose_were_read() -> None:
    refusal = PayeesUnfit("batch 3 cannot be exported", ["stm_1 (ann): no account"], {7, 8})
    assert refusal.messages() == ["batch 3 cannot be exported", "stm_1 (ann): no account"]
    assert refusal.read == {7, 8}
