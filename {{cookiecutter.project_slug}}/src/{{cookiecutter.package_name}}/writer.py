{% include cookiecutter.task ~ "/writer.py" %}
