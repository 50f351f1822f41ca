{% include cookiecutter.task ~ "/draw.py" %}
