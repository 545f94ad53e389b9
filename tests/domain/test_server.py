"""Which servers can be named, and what is never sent or written."""

from __future__ import annotations

import json

import pytest

from doubleread.domain.server import Server, ServerAddress, is_loopback, server_from_record
from doubleread.errors import ServerError


@pytest.mark.parametrize(
    ("url", "shown", "parts"),
    [
        ("http://localhost:8080", "http://localhost:8080", ("http", "localhost", 8080, "")),
        ("HTTP://LocalHost:8080/v1", "http://localhost:8080", ("http", "localhost", 8080, "")),
        ("http://127.0.0.1/v1/", "http://127.0.0.1", ("http", "127.0.0.1", 80, "")),
        ("https://[::1]:9/llm/v1", "https://[::1]:9/llm", ("https", "::1", 9, "/llm")),
        (
            "https://gpu.clinic.example/a/b/",
            "https://gpu.clinic.example/a/b",
            ("https", "gpu.clinic.example", 443, "/a/b"),
        ),
    ],
)
def test_a_base_url_is_read(url, shown, parts):
    address = ServerAddress.parse(url)
    assert (address.scheme, address.host, address.port, address.path) == parts
    assert str(address) == shown


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:8080",
        "file:///etc/passwd",
        "ftp://localhost",
        "http://",
        "http://[::1",
        "http://localhost:99999",
        "http://localhost:port",
        "http://localhost/v1?key=1",
        "http://localhost/#v1",
        "http://localhost/a b",
        "http://localhost/\r\nX: y",
        "http://locälhost",
    ],
)
def test_other_urls_are_refused(url):
    with pytest.raises(ServerError) as caught:
        ServerAddress.parse(url)
    assert caught.value.title == "Server address not usable"


@pytest.mark.parametrize(
    "url", ["http://me:secret@localhost/v1", "http://secret@localhost", "http://:secret@localhost"]
)
def test_a_password_in_a_url_is_refused_and_not_repeated(url):
    with pytest.raises(ServerError) as caught:
        ServerAddress.parse(url)
    assert "secret" not in repr(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize("ip", ["127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1"])
def test_these_are_this_computer(ip):
    assert is_loopback(ip)


@pytest.mark.parametrize("ip", ["0.0.0.0", "10.0.0.1", "192.168.1.2", "169.254.0.1", "::", "fe80::1", "::ffff:8.8.8.8"])
def test_these_are_not(ip):
    assert not is_loopback(ip)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "127.8.9.1", "[::1]", "[::ffff:127.0.0.1]"])
def test_a_server_on_this_computer_needs_no_consent_and_no_warning(host):
    server = Server(f"http://{host}:8080", "m")
    assert server.address.is_local
    assert server.warning == ""


@pytest.mark.parametrize(
    "host", ["10.0.0.1", "0.0.0.0", "[::ffff:8.8.8.8]", "3232235778", "gpu.clinic.example", "localhost.example"]
)
def test_a_server_elsewhere_needs_consent_and_comes_with_a_warning(host):
    with pytest.raises(ServerError) as caught:
        Server(f"http://{host}:8080", "m")
    assert caught.value.title == "Remote server refused"
    assert "allow_remote = true" in caught.value.remedy
    server = Server(f"http://{host}:8080", "m", allow_remote=True)
    assert not server.address.is_local
    assert "patient data" in server.warning
    assert host in server.warning


@pytest.mark.parametrize(
    ("settings", "title"),
    [
        ({"model": ""}, "Model id not usable"),
        ({"model": " "}, "Model id not usable"),
        ({"model": "a\nb"}, "Model id not usable"),
        ({"model": "m" * 501}, "Model id not usable"),
        ({"url": "localhost:8080"}, "Server address not usable"),
        ({"concurrency": 0}, "Concurrency not usable"),
        ({"concurrency": 257}, "Concurrency not usable"),
    ],
)
def test_settings_that_cannot_be_used_are_refused(settings, title):
    with pytest.raises(ServerError) as caught:
        Server(**{"url": "http://127.0.0.1:1", "model": "m", **settings})
    assert caught.value.title == title


@pytest.mark.parametrize("key", ["sk-Zx81Qtopsecret", "hf_abcDEF", "0A1B2C", "MY KEY", "a" * 32])
def test_a_key_in_the_place_of_its_variable_is_refused_and_not_repeated(key):
    with pytest.raises(ServerError) as caught:
        Server("http://127.0.0.1:1", "m", key_variable=key)
    assert caught.value.title == "API key variable not usable"
    assert key not in repr(caught.value) + str(caught.value)


def test_a_server_is_read_back_from_its_record():
    server = Server("https://gpu.clinic.example/v1", "org/m-7b", "MY_KEY", 8, allow_remote=True)
    assert server_from_record(json.loads(json.dumps(server.as_record()))) == server


@pytest.mark.parametrize(
    ("changes", "happened"),
    [
        ({"api_key": "sk-Zx"}, "api_key is not known (there are: url, model, key_variable, concurrency, allow_remote)"),
        ({"url": None}, "url must be a text"),
        ({"model": 7}, "model must be a text"),
        ({"key_variable": ["sk-Zx"]}, "key_variable must be a text"),
        ({"concurrency": "4"}, "concurrency must be a whole number"),
        ({"concurrency": True}, "concurrency must be a whole number"),
        ({"allow_remote": "true"}, "allow_remote must be true or false"),
        ({"allow_remote": 1}, "allow_remote must be true or false"),
    ],
)
def test_what_a_user_has_written_is_checked_and_no_value_repeated(changes, happened):
    with pytest.raises(ServerError) as caught:
        server_from_record({"url": "http://127.0.0.1:1", "model": "m", **changes})
    assert caught.value.happened == happened
    assert "sk-Zx" not in repr(caught.value)


@pytest.mark.parametrize("missing", ["url", "model"])
def test_address_and_model_are_needed(missing):
    record = {"url": "http://127.0.0.1:1", "model": "m"}
    del record[missing]
    with pytest.raises(ServerError, match=f"{missing} is missing"):
        server_from_record(record)


def test_the_words_that_reveal_an_arm_are_its_address_its_model_and_its_variable():
    words = Server("https://gpu.clinic.example/v1", "org/m-7b", "MY_KEY", allow_remote=True).identifying_words()
    assert set(words) == {
        "https://gpu.clinic.example/v1",
        "https://gpu.clinic.example",
        "gpu.clinic.example:443",
        "gpu.clinic.example",
        "org/m-7b",
        "m-7b",
        "MY_KEY",
    }
    assert "127.0.0.1" not in Server("http://127.0.0.1:8080", "m").identifying_words()
