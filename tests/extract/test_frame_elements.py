"""pipeline/saring/extract/frame_elements.py: which elements are menus, forms, teasers or captions rather than text."""

from __future__ import annotations

import pytest
from lxml.html import fromstring

from saring.extract.frame_elements import is_frame_element

TEXT = "The ferry to the outer islands goes twice a week in winter. " * 6


@pytest.mark.parametrize(
    ("markup", "is_frame"),
    [
        ("<nav>Home</nav>", True),
        ("<aside>News</aside>", True),
        ("<footer>News</footer>", True),
        ("<form>News</form>", True),
        ("<section>News</section>", False),
        ("<p>News</p>", False),
        ("<p></p>", False),
        ("<div role='Navigation'>Home</div>", True),
        ("<div role='main'>Home</div>", False),
        ("<div aria-hidden='true'>Home</div>", True),
        ("<div aria-hidden='false'>Home</div>", False),
        ("<div class='share-bar'>Home</div>", True),
        ("<div id='sidebar'>Home</div>", True),
        ("<div class='chapter' id='log'>Home</div>", False),
        ("<div class='entry-content' id='sidebar'>Home</div>", False),
        ("<label><input> Yes</label>", True),
        ("<label>Yes</label>", False),
    ],
)
def test_tag_role_and_name_tell_a_frame(markup: str, is_frame: bool) -> None:  # noqa: FBT001 - a case
    """An element of the frame is known by its tag, role, class or id, an input by its label."""
    assert is_frame_element(fromstring(markup)) is is_frame


@pytest.mark.parametrize(
    ("markup", "is_caption"),
    [
        ("<figure><img src='a.jpg'> The quay</figure>", True),
        ("<figure>The quay</figure>", False),
        ("<figure><img src='a.jpg'><table><tr><td>9</td></tr></table></figure>", False),
        ("<figure><blockquote>We sail.</blockquote><img src='a.jpg'></figure>", False),
        (f"<figure><img src='a.jpg'>{TEXT}</figure>", True),
        ("<div><img src='a.jpg'> The quay</div>", True),
        ("<p><video src='a.mp4'></video> The quay</p>", True),
        (f"<div><img src='a.jpg'>{TEXT}</div>", False),
        (f"<div><img src='a.jpg'>{'市' * 299}</div>", True),
        (f"<div><img src='a.jpg'>{'市' * 300}</div>", False),
        ("<h2><img src='a.jpg'> The quay</h2>", False),
        ("<ul><li><img src='a.jpg'> The quay</li></ul>", False),
        ("<div><a href='/a'>The quay</a></div>", False),
    ],
)
def test_a_short_text_beside_a_picture_is_its_caption(markup: str, is_caption: bool) -> None:  # noqa: FBT001 - a case
    """A figure with a picture is frame unless it holds text of its own; a container with one is frame below 300 characters."""
    assert is_frame_element(fromstring(markup)) is is_caption


@pytest.mark.parametrize(("inside", "is_caption"), [("<img src='a.jpg'>", True), ("", True), ("<pre>let a = 1</pre>", False)])
def test_a_figcaption_is_judged_by_its_figure(inside: str, is_caption: bool) -> None:  # noqa: FBT001 - a case
    """The caption of a table, of code or of a quotation is text, any other is frame."""
    figure = fromstring(f"<figure>{inside}<figcaption>The quay</figcaption></figure>")

    assert is_frame_element(figure.find("figcaption")) is is_caption
