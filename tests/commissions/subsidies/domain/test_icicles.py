from commissions.subsidies.domain.icicles import IcicleBar, icicle


def test_children_stand_side_by_side_under_what_their_parent_gave_away() -> None:
    """Of 100 the root keeps 40 and hands on 30 and 20; of the 20 a right, 5 are handed on. 10 are left."""
    bars = icicle([(0, None, 100, 40), (7, 0, 30, 30), (8, 0, 20, 0), (9, 8, 5, 5)])
    assert bars == {0: IcicleBar(0, 100, 0), 7: IcicleBar(40, 30, 1), 8: IcicleBar(70, 20, 1), 9: IcicleBar(70, 5, 2)}


def test_no_tree_has_no_bars() -> None:
    assert icicle([]) == {}
