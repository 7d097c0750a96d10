"""Files of one brand are imported one after another."""

from accounts.models import Brand


def take_turn(brand: Brand) -> None:
    """Wait for every other import of this brand, and make later ones wait, until the transaction ends.

    Locks the brand's row, but not against rows that only point to it: the API goes on while a file is read.
    """
    Brand.objects.select_for_update(no_key=True).get(pk=brand.pk)
