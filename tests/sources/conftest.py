from whole_messages import _messages_are_whole  # noqa: F401 -- for every test of the room
