"""What is the same for all KOCs is drawn once for each template, and kept."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock

from PIL import Image


class Canvases:
    """The canvases that were used last, at most so many. Each of 1080 × 1440 takes 4.7 MB."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._kept: OrderedDict[Hashable, Image.Image] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def copy_of(self, key: Hashable, draw: Callable[[], Image.Image]) -> Image.Image:
        """A copy to draw on. Two threads that miss the same canvas at once both draw it: they draw the same."""
        with self._lock:
            canvas = self._kept.get(key)
            if canvas is not None:
                self._kept.move_to_end(key)
        if canvas is None:
            canvas = draw()
            with self._lock:
                self._kept[key] = canvas
                while len(self._kept) > self.most:
                    self._kept.popitem(last=False)
        return canvas.copy()

    def clear(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._kept.clear()
