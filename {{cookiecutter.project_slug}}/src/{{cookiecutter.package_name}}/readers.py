{% include cookiecutter.task ~ "/readers.py" %}
