{% include cookiecutter.task ~ "/transforms.py" %}
