"""How large and how many pictures may be."""

MIB = 1024 * 1024
MOST_BYTES = 10 * MIB
"""Of one picture as it is uploaded, and of the body of a request of the API that brings pictures."""
MOST_PICTURES = 18
"""In one request: what Xiaohongshu and Channels take in one post."""
MOST_STAFF_BYTES = MOST_PICTURES * MOST_BYTES + MIB
"""Of the form by which staff upload many pictures at once."""
MOST_PIXELS = 50_000_000
MOST_SIDE = 12_000
MOST_SCANS = 100
"""Of a progressive JPEG: cameras and editors write 14 at most, and each one costs a pass over the whole picture."""
LONGEST_ALT = 200

STORED_SIDE = 4_096
"""The longest side of what is stored."""
STORED_SIDE_TRANSPARENT = 2_048
"""Of what is transparent, since it is stored without loss: 4,096 × 4,096 of noise would be 60 MB."""
WIDTHS = (320, 1_080)
"""The thumbnails beside it: for a list on a phone, and for its whole screen or a poster."""

MEMORY_BYTES = 190_000_000
"""What all pictures that a process works on may take together, and so the most that one may need. With the 170 MB of a
web process itself, and what S3 needs, that is below 400 MB."""
ROOM_SECONDS = 60
"""How long an upload waits for the others' memory."""
