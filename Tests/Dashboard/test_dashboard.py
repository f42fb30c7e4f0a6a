"""The dashboard in a real browser: every page, on a desk and on a phone, in light and in dark."""
import json
import math
import re
import threading
import urllib.request

import pytest
from conftest import Page
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

PAGES = ["", "clients", "subscriptions", "topics", "console", "security", "server", "trace"]


def text(page):
    return page.driver.find_element(By.ID, "main").text


def wait(page, condition):
    return WebDriverWait(page.driver, 30).until(condition)


def wait_for(page, words):
    wait(page, lambda _: words in text(page))


def enter(page, martlet, token, place=""):
    """Opens a page, with a token in the tab."""
    page.driver.get(martlet.url + "/health/live")
    page.driver.execute_script("sessionStorage.setItem('token', arguments[0])", token)
    page.driver.get("about:blank")
    page.driver.get(f"{martlet.url}/#/{place}")
    page.driver.execute_script("sessionStorage.setItem('token', arguments[0])", token)
    page.driver.refresh()
    wait(page, lambda driver: driver.find_elements(By.CSS_SELECTOR, "main h2"))


def button(page, title, place="main"):
    return next(one for one in page.driver.find_elements(By.CSS_SELECTOR, f"{place} button") if one.text == title)


def check(page):
    assert page.overflow() <= 0, "the page is wider than its window"
    assert page.errors() == []
    assert not re.search(r"\b(undefined|null|NaN)\b|\[object|^(true|false)$", text(page), re.M), "a value that is no text is shown"


@pytest.fixture(scope="module")
def busy(martlet, tokens):
    """Clients, a queue, and retained messages."""
    made = [martlet.client(f"sensor-{number}", "house/+/temperature") for number in range(12)]
    made.append(martlet.client("<script>alert(1)</script>", "x/#"))
    made.append(martlet.client("a-client-with-a-name-that-is-much-longer-than-anybody-would-want-" + "x" * 30, "#"))
    for topic, payload in [("house/kitchen/temperature", "21.5"), ("house/hall/light", '{"on":true,"level":80}'),
                           ("garden/pump", "off"), ("<b>bold</b>/x", "<i>italic</i>")]:
        martlet.ctl(tokens["operate"], "publish", topic, payload, "--retain", "--qos", "1")
    yield made
    for one in made:
        one.close()


@pytest.mark.parametrize("place", PAGES)
def test_every_page(page, martlet, tokens, busy, place):
    enter(page, martlet, tokens["admin"], place)
    wait(page, lambda driver: not driver.find_elements(By.CSS_SELECTOR, "[aria-busy]") and
         driver.find_elements(By.CSS_SELECTOR, "main table, main form, main dl, main .tree"))
    wait(page, lambda driver: driver.find_element(By.ID, "health").text == "ready")
    if place == "":
        wait(page, lambda driver: len(driver.find_elements(By.CSS_SELECTOR, "polyline.first")) == 4)
    page.screenshot(f"{place or 'overview'}-{page.name}")
    check(page)


def test_charts_of_traffic(martlet, tokens, busy):
    """With something to see in them: what README shows."""
    one = Page(1280, 900, "dark")
    stopped = threading.Event()

    def publish(publisher):
        number = 0
        while not stopped.is_set():
            for _ in range(20 + number % 17 * 2):
                number += 1
                topic = b"line/%d/temperature" % (number % 40)
                body = len(topic).to_bytes(2, "big") + topic + (number % 65535 + 1).to_bytes(2, "big") + b"21.5"
                publisher.sendall(bytes([0x33, len(body)]) + body)
                publisher.recv(4)
            stopped.wait(0.2 + 0.15 * math.sin(number / 150))

    with martlet.client("line-controller") as publisher:
        publisher.recv(4)
        thread = threading.Thread(target=publish, args=(publisher,))
        thread.start()
        try:
            enter(one, martlet, tokens["read"])
            # A point of a chart is a pair of numbers; there is one for every two seconds.
            points = "return Math.max(0, ...[...document.querySelectorAll('polyline.first')].map(" \
                     "(line) => line.getAttribute('points').split(' ').length))"
            wait(one, lambda driver: driver.execute_script(points) >= 9)
            assert re.search(r"received [1-9][\d.,]*/s", text(one)) and re.search(r"mean [1-9]", text(one))
            one.screenshot("overview-traffic-1280-dark")
            check(one)
        finally:
            stopped.set()
            thread.join()
            one.driver.quit()


def test_a_token_is_asked_for(page, martlet, tokens):
    page.driver.get(martlet.url + "/health/live")
    page.driver.execute_script("sessionStorage.clear()")
    page.driver.get(martlet.url + "/#/")
    wait_for(page, "Who are you?")
    page.screenshot(f"token-{page.name}")
    field = page.driver.find_element(By.NAME, "token")
    field.send_keys("mt_wrong" + Keys.ENTER)
    wait_for(page, "not known to this broker")
    page.driver.find_element(By.NAME, "token").send_keys(tokens["read"] + Keys.ENTER)
    wait_for(page, "Overview")
    assert tokens["read"] not in page.driver.page_source
    check(page)


def test_what_clients_are_called_is_only_text(window, martlet, tokens, busy):
    for place in ("clients", "topics"):
        enter(window, martlet, tokens["admin"], place)
        wait(window, lambda driver: "<script>" in text(window) or "<b>bold" in text(window))
        assert not window.driver.find_elements(By.CSS_SELECTOR, "main script, main b, main i")
    check(window)


def test_search_details_and_disconnect(window, martlet, tokens, busy):
    one = martlet.client("doomed/1", "a/b", "c/#")
    enter(window, martlet, tokens["operate"], "clients")
    window.driver.find_element(By.NAME, "search").send_keys("DOOM")
    wait(window, lambda driver: len(driver.find_elements(By.CSS_SELECTOR, "main tbody tr")) == 1)
    window.driver.find_element(By.LINK_TEXT, "doomed/1").click()
    wait_for(window, "Client doomed/1")
    wait_for(window, "c/#")
    window.screenshot("client-1280-light")
    button(window, "Disconnect").click()
    button(window, "No", "#confirm").click()
    button(window, "Disconnect").click()
    button(window, "Yes", "#confirm").click()
    wait(window, lambda driver: "is disconnected" in driver.find_element(By.ID, "announcement").text
         or "no session" in driver.find_element(By.ID, "announcement").text)
    while one.recv(1024):
        pass
    one.close()
    check(window)


def test_console_and_live_values(window, martlet, tokens, busy):
    enter(window, martlet, tokens["operate"], "console")
    wait_for(window, "Connect")
    assert window.driver.find_element(By.NAME, "url").get_property("value") == martlet.socket_url
    button(window, "Connect").click()
    wait_for(window, "Connected to")
    field = window.driver.find_element(By.NAME, "filter")
    field.clear()
    field.send_keys("try/#")
    button(window, "Subscribe").click()
    wait(window, lambda driver: "Subscribed" in driver.find_element(By.ID, "announcement").text)
    window.driver.find_element(By.NAME, "topic").send_keys("try/it")
    window.driver.find_element(By.NAME, "payload").send_keys("hello äöü")
    window.driver.find_element(By.CSS_SELECTOR, "select[name=qos]").send_keys("1")
    button(window, "Publish").click()
    wait_for(window, "hello äöü")
    window.screenshot("console-used-1280-light")
    window.driver.execute_script("location.hash = '#/topics'")
    wait_for(window, "garden")
    next(one for one in window.driver.find_elements(By.CSS_SELECTOR, ".tree button")
         if one.get_attribute("aria-label") == "Levels below garden").click()
    wait(window, lambda driver: driver.find_elements(By.CSS_SELECTOR, ".tree ul ul button.value"))
    button(window, "pump").click()
    wait_for(window, "off")
    martlet.ctl(tokens["operate"], "publish", "garden/pump", "running", "--retain")
    wait_for(window, "running")
    assert re.search(r"Bytes\s+7\b", text(window)), "of the live value"
    window.screenshot("topics-live-1280-light")
    check(window)


def test_trace_shows_a_client_that_comes(window, martlet, tokens):
    enter(window, martlet, tokens["operate"], "trace")
    wait_for(window, "Follow")
    window.driver.find_element(By.NAME, "client").send_keys("newcomer")
    button(window, "Follow").click()
    wait_for(window, "events stand here")
    for name in ("somebody-else", "newcomer"):
        with martlet.client(name) as one:
            assert one.recv(4) == bytes([0x20, 2, 0, 0])
    wait_for(window, "connected")
    assert "somebody-else" not in text(window)
    check(window)


def test_a_role_that_is_too_low_is_told(window, martlet, tokens):
    enter(window, martlet, tokens["read"], "security")
    wait_for(window, "this takes the role admin")
    window.screenshot("error-1280-light")
    check(window)


def test_with_the_keyboard_alone(window, martlet, tokens):
    enter(window, martlet, tokens["read"])
    wait_for(window, "Overview")
    seen = []
    for _ in range(12):
        window.driver.switch_to.active_element.send_keys(Keys.TAB)
        focused = window.driver.switch_to.active_element
        seen.append(focused.text)
        if focused.text == "Subscriptions":
            focused.send_keys(Keys.ENTER)
            break
    assert "To the content" in seen and "Clients" in seen
    wait(window, lambda driver: driver.title == "Martlet: subscriptions")


def test_names_for_everything_that_is_used(window, martlet, tokens, busy):
    for place in PAGES:
        enter(window, martlet, tokens["admin"], place)
        wait(window, lambda driver: driver.find_elements(By.CSS_SELECTOR, "main table, main form, main dl, main .tree"))
        for one in window.driver.find_elements(By.CSS_SELECTOR, "main input, main select, main textarea, main button"):
            assert not one.is_displayed() or one.accessible_name, f"{place}: {one.get_attribute('outerHTML')}"


def test_an_empty_broker(window):
    from conftest import Martlet
    empty = Martlet()
    try:
        token = empty.token("admin")
        for place, words in [("clients", "No client is like that."), ("subscriptions", "No subscription is like that.")]:
            enter(window, empty, token, place)
            wait_for(window, words)
        window.screenshot("empty-1280-light")
        check(window)
    finally:
        empty.stop()


def test_ten_thousand_clients(window, martlet, tokens, request):
    import resource
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 11_000:
        pytest.skip("the limit on open files is too low")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    crowd = [martlet.client(f"crowd-{number:05}", f"crowd/{number}") for number in range(10_000)]
    for one in crowd:
        assert one.recv(4) == b"\x20\x02\x00\x00"
    try:
        enter(window, martlet, tokens["admin"], "clients")
        wait(window, lambda driver: len(driver.find_elements(By.CSS_SELECTOR, "main tbody tr")) == 100)
        button(window, "More").click()
        wait(window, lambda driver: len(driver.find_elements(By.CSS_SELECTOR, "main tbody tr")) == 200)
        window.screenshot("clients-10000-1280-light")
        window.driver.find_element(By.NAME, "search").send_keys("crowd-09999")
        wait(window, lambda driver: len(driver.find_elements(By.CSS_SELECTOR, "main tbody tr")) == 1)
        enter(window, martlet, tokens["admin"])
        wait_for(window, "10,0")
        window.screenshot("overview-10000-1280-light")
        request_ = urllib.request.Request(martlet.url + "/api/v1/ranking?by=subscriptions&limit=100",
                                          headers={"Authorization": f"Bearer {tokens['read']}"})
        with urllib.request.urlopen(request_) as answer:
            assert len(json.load(answer)["items"]) == 100
        check(window)
    finally:
        for one in crowd:
            one.close()
