"""Django looks for the tables of a floor here; each stands in its noun."""

import content.kits.models
import content.media.models
import content.posters.models
import content.products.models
import content.review.models
import content.submissions.models
import content.suggestions.models
