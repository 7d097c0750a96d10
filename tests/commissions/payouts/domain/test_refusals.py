from commissions.payouts.domain.refusals import PayeesUnfit


def test_a_refused_file_says_which_payees_do_not_fit_and_whose_were_read() -> None:
    refusal = PayeesUnfit("batch #3 cannot be exported", ["stm_1 (ann): no account"], {7, 8})
    assert refusal.messages() == ["batch #3 cannot be exported", "stm_1 (ann): no account"]
    assert refusal.read == {7, 8}


def test_of_very_many_faults_the_first_twenty_are_shown() -> None:
    refusal = PayeesUnfit("refused", [f"fault {n}" for n in range(23)], ())
    assert refusal.messages()[-2:] == ["fault 19", "… and 3 more"]
