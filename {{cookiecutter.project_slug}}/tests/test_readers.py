{% include cookiecutter.task ~ "/test_readers.py" %}
