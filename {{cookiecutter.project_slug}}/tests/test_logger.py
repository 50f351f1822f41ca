{% include "loggers/" ~ cookiecutter.logger ~ ".py" %}
